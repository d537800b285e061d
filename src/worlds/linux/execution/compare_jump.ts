/** What kexec jump is today, and what was proposed in December 2007, side by side. */

const ROWS: readonly (readonly [string, string, string])[] = [
  ["arguments", "none: reboot(2) takes a command only", "any number, in the call (vcall)"],
  ["value given back", "none: reboot(2) gives 0", "an unsigned long of the image, beside a status"],
  [
    "what is saved",
    "one flag: everything or nothing",
    "a flag each: devices, FPU, tables and segments",
  ],
  [
    "GDT, IDT, segments",
    "always void; restored on return since 6.14",
    "left alone unless the flag for them is set",
  ],
  [
    "state of the image",
    "kept from call to call, lost by a load",
    "kept from call to call, lost by a load",
  ],
  [
    "entry point",
    "given when loading, rewritten by each return",
    "given when loading, may be changed for a call",
  ],
  ["who may call", "user space, as root", "user space, and the kernel itself (kexec_call)"],
  [
    "firmware as a function",
    "a fake image: one segment of size 0",
    "a fake image: one segment of size 0",
  ],
];

export function compareJump(): string {
  const rows = [["", "mainline", "proposal of 2007"], ...ROWS];
  const width = (column: number) => Math.max(...rows.map((row) => row[column]!.length));
  return rows.map((row) =>
    `${row[0]!.padEnd(width(0))}  ${row[1]!.padEnd(width(1))}  ${row[2]}`.trimEnd()
  ).join("\n");
}
