/** What kexec() keeps in static variables, and where the new kernel's file lies meanwhile. */
import type { Decision, DescriptorTable, FileBytes, Machine } from "../../../machine/mod.ts";
import { type Attempt, FRESH_ATTEMPT } from "../elf/mod.ts";
import { keep } from "../state.ts";
import type { Run } from "../steps.ts";

/** The record with the variables of kexec(). */
export const KEXEC = "mini_os.kexec";

/** What the next kernel was built with; nothing of it can be read from its file. */
export interface NextBuild {
  readonly image: string;
  /** CONFIG_KEXEC_MODULE_PAGES. */
  readonly modulePages: number | undefined;
  readonly imageEnd: number | undefined;
  readonly pageTableBase: number | undefined;
  readonly release: string | undefined;
}

/** The buffer with the ELF file of the new kernel, as the caller of kexec() hands it over. */
export interface KernelBuffer {
  readonly file: FileBytes;
  /** Virtual address of its first byte. */
  readonly vaddr: bigint;
  /** Its frames in order; empty: it lies in memory that no page allocator has. */
  readonly frames: readonly number[];
}

export interface MovedTable {
  readonly pfn: number;
  readonly before: DescriptorTable;
}

export interface KexecState extends Attempt {
  /** Final address of the start info. */
  readonly paramPa: bigint;
  readonly paramSize: number;
  /** First frame of the buffer in which it is built; undefined: none. */
  readonly paramPfn: number | undefined;
  /** Frame of the final stage. */
  readonly pagePfn: number | undefined;
  /** Where GDT and IDT are while kexec() runs, and where they were. */
  readonly gdt: MovedTable | undefined;
  readonly idt: MovedTable | undefined;
  readonly buffer: KernelBuffer | undefined;
  readonly next: NextBuild | undefined;
  /** The final stage has jumped: nothing of the old kernel runs any more. */
  readonly landed: boolean;
  /** The pages in the way were not moved: nothing is translated in the final stage. */
  readonly unmoved: boolean;
  /** do_kexec() is left out: the final stage is not copied to its page and runs where it was linked. */
  readonly inPlace: boolean;
}

const FRESH: KexecState = {
  ...FRESH_ATTEMPT,
  paramPa: 0n,
  paramSize: 0,
  paramPfn: undefined,
  pagePfn: undefined,
  gdt: undefined,
  idt: undefined,
  buffer: undefined,
  next: undefined,
  landed: false,
  unmoved: false,
  inPlace: false,
};

export function kexecOf(machine: Machine): KexecState {
  return machine.records.get(KEXEC) as KexecState | undefined ?? FRESH;
}

export function* change(run: Run, changes: Partial<KexecState>, what: string): Decision<void> {
  yield* keep(run, KEXEC, { ...kexecOf(run.machine), ...changes }, what);
}

/** Forgets what an attempt left, but for the caller's buffer. */
export function* forget(run: Run): Decision<void> {
  const { buffer } = kexecOf(run.machine);
  yield* keep(run, KEXEC, { ...FRESH, buffer }, "the failed attempt is forgotten");
}
