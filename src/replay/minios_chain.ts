/** What comes after kexec() in a Mini-OS recording: the final stage, and the next kernel. */
import { faultInFile, perform, printedBy } from "./minios_elf.ts";
import { type Handler, hexOf } from "./minios_bench.ts";

export const CHAIN_HANDLERS: Readonly<Record<string, Handler>> = {
  final(bench) {
    const printed = printedBy(perform(bench, "final_stage", {}));
    if (bench.died) return { ...bench.death(), ...faultInFile(bench), ...printed };
    const { rbx, rdi } = bench.machine.processors[0]!.registers;
    return { ebx: hexOf(rbx), edi: hexOf(rdi) };
  },
  /** The next boot begins with fresh variables: that is what starting a kernel is. */
  new_kernel: () => undefined,
};
