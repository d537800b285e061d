/** What a script can ask about processors, faults and jumps. */
import { type Answer, type Cpu, type QueryShape, sameRegisters } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { CPU_QUERIES, ofImage, ofList, runningCpu, SLOT } from "../../../execution/mod.ts";
import { answer } from "../../../routine/mod.ts";
import { kernelFeatures } from "../kernel.ts";
import { compareJump } from "./compare_jump.ts";
import { JUMP_SEMANTICS } from "./rules.ts";

const { NOTHING, integer, hex: hexNumber } = answer;

export const EXECUTION_QUERIES: readonly QueryShape[] = [
  ...CPU_QUERIES,
  {
    pattern: ["cpu", "registers", "restored"],
    summary: "whether the processor is as it was before the last jump; only rax is not",
    answer: (machine) => ({ kind: "boolean", value: isRestored(runningCpu(machine)) }),
  },
  {
    pattern: ["fpu"],
    summary: "whose state the FPU holds: `live`, `saved` or `unspecified`",
    answer: (machine) => word(runningCpu(machine)?.fpu),
  },
  ofImage(
    ["jumps", "of", SLOT],
    "how often the image was started and came back",
    (_, image) => integer(image.jumps ?? 0),
  ),
  ofList(
    ["first", "source", "of", SLOT],
    "the page that waits for the first destination, as a list of one",
    ({ sources: [frame] }) => ({
      kind: "list",
      items: frame === undefined ? [] : [hexNumber(BigInt(frame * PAGE_SIZE))],
    }),
  ),
  {
    pattern: ["jump_semantics"],
    summary: "`mainline` or `proposal_2007`",
    answer: (machine) => word(String(machine.settings.get(JUMP_SEMANTICS) ?? "mainline")),
  },
  {
    pattern: ["compare", "jump"],
    summary: "kexec jump of the running kernel and of the proposal of 2007, side by side",
    answer: (machine) => text(compareJump(kernelFeatures(machine).version)),
  },
];
function isRestored(cpu: Cpu | undefined): boolean {
  const before = cpu?.departed;
  if (cpu === undefined || before === undefined) return false;
  const registers = { ...cpu.registers, rax: before.registers.rax };
  return sameRegisters({ ...cpu, registers, rflags: before.rflags }, before);
}

function text(value: string): Answer {
  return { kind: "text", value };
}

function word(value: string | undefined): Answer {
  return value === undefined ? NOTHING : { kind: "word", value };
}
