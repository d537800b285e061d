/** What went wrong on a processor after the point of no return. */

/** Which access failed, where in the walk, and who is to blame. */
export interface Fault {
  readonly cpu: number;
  /** `page fault`, `general protection`, `invalid opcode`. */
  readonly exception: string;
  readonly access: "read" | "write" | "execute";
  readonly vaddr: bigint;
  /** What was being done: `copy of segment text`, `first instruction of the image`. */
  readonly doing: string;
  /** 5 … 1; absent where no entry is to blame. */
  readonly level?: number;
  /** Physical address of the entry that ended the walk, and what it holds. */
  readonly entryAt?: number;
  readonly entry?: bigint;
  /** Why the processor stopped there: `not-present`, `no-execute`, … */
  readonly why: string;
  /** What was last written to the page of that entry, and by which step; absent: nobody wrote it. */
  readonly writer?: { readonly what: string; readonly step: number };
}

/** One line for a person. */
export function describeFault(fault: Fault): string {
  const address = `0x${fault.vaddr.toString(16)}`;
  const where = fault.entryAt === undefined
    ? fault.why
    : `level ${fault.level} entry 0x${fault.entryAt.toString(16)} holds 0x${
      fault.entry!.toString(16)
    }: ${fault.why}`;
  const writer = fault.writer === undefined
    ? fault.entryAt === undefined ? "" : "; nobody wrote that page"
    : `; that page was last written by step ${fault.writer.step}: ${fault.writer.what}`;
  return `${fault.exception} on ${fault.access} of ${address} (${fault.doing}): ${where}${writer}`;
}
