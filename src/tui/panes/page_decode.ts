/**
 * What the bytes of a page mean, where their owner or their first bytes tell: entries of an
 * indirection list, of a page table, and the structures that kernels leave for each other.
 */
import type { OwnerKind } from "../../machine/mod.ts";
import { hex } from "../numbers.ts";
import { line, piece, type StyledLine } from "../styled.ts";

const PAGE = 4096;

/** Nothing if nobody can tell. `bytes` is the whole page. */
export function decodePage(bytes: Uint8Array, owner: OwnerKind | undefined): StyledLine[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (owner === "indirection") return listEntries(view);
  if (owner === "page-table") return tableEntries(view);
  for (const known of STRUCTURES) {
    if (known.is(view)) return [line(known.name, "title"), ...known.fields(view)];
  }
  return [];
}

/** Flag bits of an entry, as processors' manuals call them. */
const FLAGS: readonly (readonly [bigint, string])[] = [
  [0x1n, "P"],
  [0x2n, "RW"],
  [0x4n, "US"],
  [0x8n, "PWT"],
  [0x10n, "PCD"],
  [0x20n, "A"],
  [0x40n, "D"],
  [0x80n, "PS"],
  [0x100n, "G"],
  [1n << 63n, "NX"],
];

export function flagNames(entry: bigint): string {
  const names = FLAGS.filter(([bit]) => (entry & bit) !== 0n).map(([, name]) => name);
  return names.length === 0 ? "-" : names.join(" ");
}

const ADDRESS = 0x000f_ffff_ffff_f000n;

interface Run {
  readonly first: number;
  count: number;
  readonly kind: string;
  readonly value: bigint;
  readonly flags: bigint;
}

/** An indirection list: what follows `done` is no part of it. */
function listEntries(view: DataView): StyledLine[] {
  const runs: Run[] = [];
  for (let i = 0; i < PAGE / 8; i++) {
    const word = view.getBigUint64(i * 8, true);
    const value = word & ~0xfffn;
    const kind = (word & 1n) !== 0n
      ? "destination"
      : (word & 2n) !== 0n
      ? "indirection"
      : (word & 4n) !== 0n
      ? "done"
      : (word & 8n) !== 0n
      ? "source"
      : "empty";
    const last = runs.at(-1);
    const goes = last?.kind === kind &&
      (kind === "empty" ||
        (kind === "source" && last.value + BigInt(last.count * PAGE) === value));
    if (goes) last!.count++;
    else runs.push({ first: i, count: 1, kind, value, flags: word & 0xfffn });
  }
  return [
    line("indirection list", "title"),
    ...runs.map(({ first, count, kind, value }) => [
      piece(`[${String(first).padStart(3)}] `, "dim"),
      piece(kind.padEnd(12), kind === "empty" ? "dim" : "keyword"),
      ...(kind === "empty" || kind === "done" ? [] : [piece(hex(value), "address")]),
      piece(count > 1 ? `  ${count} ${kind === "empty" ? "words" : "pages"}` : "", "dim"),
    ]),
  ];
}

function tableEntries(view: DataView): StyledLine[] {
  const runs: (Run & { step: bigint })[] = [];
  for (let i = 0; i < PAGE / 8; i++) {
    const word = view.getBigUint64(i * 8, true);
    const value = word & ADDRESS;
    const flags = word & ~ADDRESS;
    const kind = (word & 1n) !== 0n ? "present" : word === 0n ? "empty" : "absent";
    const last = runs.at(-1);
    if (last?.kind === kind && last.flags === flags) {
      if (last.count === 1) last.step = value - last.value;
      if (value === last.value + last.step * BigInt(last.count)) {
        last.count++;
        continue;
      }
    }
    runs.push({ first: i, count: 1, kind, value, flags, step: 0n });
  }
  return [
    line("page table", "title"),
    ...runs.map(({ first, count, kind, value, flags, step }) => [
      piece(
        count > 1
          ? `[${String(first).padStart(3)}‥${first + count - 1}] `
          : `[${String(first).padStart(3)}] `,
        "dim",
      ),
      ...(kind === "empty" ? [piece("empty", "dim")] : [
        piece(hex(value), "address"),
        piece(count > 1 && step > 0n ? ` +${hex(step)}…` : "", "dim"),
        piece(` ${flagNames(flags)}`, kind === "present" ? "number" : "warn"),
      ]),
    ]),
  ];
}

interface Structure {
  readonly name: string;
  is(view: DataView): boolean;
  fields(view: DataView): StyledLine[];
}

function field(name: string, text: string): StyledLine {
  return [piece(`  ${name.padEnd(18)}`, "dim"), piece(text, "number")];
}

/** Published layouts: the ELF specification, and the x86 boot protocol's zero page. */
const STRUCTURES: readonly Structure[] = [
  {
    name: "ELF header",
    is: (view) => view.getUint32(0, false) === 0x7f454c46,
    fields: (view) => {
      const is64 = view.getUint8(4) === 2;
      const types = ["none", "relocatable", "executable", "shared object", "core"];
      return [
        field("class", is64 ? "64 bit" : "32 bit"),
        field("type", types[view.getUint16(16, true)] ?? hex(view.getUint16(16, true))),
        field(
          "machine",
          view.getUint16(18, true) === 62 ? "x86-64" : hex(view.getUint16(18, true)),
        ),
        field("entry", is64 ? hex(view.getBigUint64(24, true)) : hex(view.getUint32(24, true))),
        field("program headers", String(view.getUint16(is64 ? 56 : 44, true))),
      ];
    },
  },
  {
    name: "boot_params (zero page)",
    is: (view) => view.getUint32(0x202, true) === 0x53726448,
    fields: (view) => [
      field(
        "boot protocol",
        `${view.getUint8(0x207)}.${view.getUint8(0x206).toString().padStart(2, "0")}`,
      ),
      field("e820 entries", String(view.getUint8(0x1e8))),
      field("type of loader", hex(view.getUint8(0x210))),
      field("initrd", `${hex(view.getUint32(0x218, true))} + ${hex(view.getUint32(0x21c, true))}`),
      field("command line at", hex(view.getUint32(0x228, true))),
      field("setup data at", hex(view.getBigUint64(0x250, true))),
    ],
  },
  {
    name: "ELF note",
    is: (view) => {
      const names = view.getUint32(0, true);
      const text = ascii(view, 12, Math.min(names, 16));
      return names > 0 && names <= 16 && /^(CORE|VMCOREINFO|Xen|GNU)\0/.test(text);
    },
    fields: (view) => {
      const size = view.getUint32(4, true);
      const start = 12 + Math.ceil(view.getUint32(0, true) / 4) * 4;
      const name = ascii(view, 12, view.getUint32(0, true)).replace(/\0.*$/s, "");
      const head = [
        field("name", name),
        field("type", String(view.getUint32(8, true))),
        field("size", `${size} bytes`),
      ];
      if (name !== "VMCOREINFO") return head;
      const text = ascii(view, start, Math.min(size, PAGE - start));
      return [
        ...head,
        ...text.split("\n").filter((row) => row !== "").map((row) => line(`  ${row}`, "string")),
      ];
    },
  },
];

function ascii(view: DataView, start: number, length: number): string {
  let text = "";
  for (let at = start; at < Math.min(start + length, view.byteLength); at++) {
    text += String.fromCharCode(view.getUint8(at));
  }
  return text;
}
