/**
 * What kexec jump is in a version of mainline, and what was proposed in December 2007, side by side.
 * [linux:kernel_kexec] [thread:kexec jump, December 2007]
 */
import type { Version } from "../../../machine/mod.ts";
import { executionRules } from "./rules.ts";

type Row = readonly [what: string, mainline: string, proposal: string];

function rowsFor(version: Version): readonly Row[] {
  const rules = executionRules(version);
  return [
    ["arguments", "none: reboot(2) takes a command only", "any number, in the call (vcall)"],
    [
      "value given back",
      "none: reboot(2) gives 0",
      "an unsigned long of the image, beside a status",
    ],
    ["flags when loading", "one: `preserve`", "`preserve`, and `devices` and `cpu_ext` beside it"],
    ["processes, devices", "frozen and suspended", "with `devices`; else they go on"],
    [
      "FPU, GDT, IDT, segments",
      "saved; flat and void for the image",
      "with `cpu_ext`; else left alone by both sides",
    ],
    [
      "  on the way back",
      rules.restoresGdt ? "the kernel's are loaded" : "the image has to load a GDT before",
      "with `cpu_ext` the kernel's are loaded",
    ],
    [
      "memory",
      "exchanged with the source pages, and back",
      "exchanged with the source pages, and back",
    ],
    [
      "state of the image",
      "kept from call to call, lost by a load",
      "kept from call to call, lost by a load",
    ],
    ["entry point", "given when loading", "given when loading, or for a call"],
    [
      "  of the next call",
      rules.pushesEntry
        ? "the same after a plain return"
        : "what the image leaves on the stack; else garbage",
      "the same",
    ],
    ["who may call", "user space, as root", "user space, and the kernel itself (kexec_call)"],
    [
      "firmware as a function",
      "a fake image: one segment of size 0",
      "a fake image: one segment of size 0",
    ],
  ];
}

export function compareJump(version: Version): string {
  const head: Row = ["", `Linux ${version.text}`, "proposal of 2007"];
  const rows = [head, ...rowsFor(version)];
  const width = (column: number) => Math.max(...rows.map((row) => row[column]!.length));
  return rows.map((row) =>
    `${row[0]!.padEnd(width(0))}  ${row[1]!.padEnd(width(1))}  ${row[2]}`.trimEnd()
  ).join("\n");
}
