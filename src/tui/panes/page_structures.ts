/** The structures that kernels leave for each other at the start of a page, field by field. */
import { hex } from "../numbers.ts";
import { line, piece, type StyledLine } from "../styled.ts";

/** Something that lies at the start of a page and is known by its first bytes. */
export interface Structure {
  readonly name: string;
  is(view: DataView): boolean;
  fields(view: DataView): StyledLine[];
}

function field(name: string, text: string): StyledLine {
  return [piece(`  ${name.padEnd(18)}`, "dim"), piece(text, "number")];
}

/** Published layouts: ELF, the zero page of x86, the start info of PVH, the module of Mini-OS. */
export const STRUCTURES: readonly Structure[] = [
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
    name: "ELF notes",
    is: (view) => noteAt(view, 0) !== undefined,
    fields: noteFields,
  },
  {
    name: "hvm_start_info",
    is: (view) => view.getUint32(0, true) === 0x336ec578,
    fields: (view) => [
      field("version", String(view.getUint32(4, true))),
      field("modules", `${view.getUint32(12, true)} at ${hex(view.getBigUint64(16, true))}`),
      field("command line at", hex(view.getBigUint64(24, true))),
      field("RSDP at", hex(view.getBigUint64(32, true))),
      field("memory map", `${view.getUint32(48, true)} at ${hex(view.getBigUint64(40, true))}`),
    ],
  },
  {
    name: "last page of a Mini-OS module",
    is: (view) => ascii(view, 0, 8) === "KexecMem",
    fields: moduleFields,
  },
];

function ascii(view: DataView, start: number, length: number): string {
  let text = "";
  for (let at = start; at < Math.min(start + length, view.byteLength); at++) {
    text += String.fromCharCode(view.getUint8(at));
  }
  return text;
}

interface Note {
  readonly name: string;
  readonly type: number;
  readonly body: number;
  readonly size: number;
  readonly end: number;
}

const NOTE_NAME = /^(CORE|VMCOREINFO|Xen|GNU)\0/;

function noteAt(view: DataView, at: number): Note | undefined {
  if (at + 12 > view.byteLength) return undefined;
  const nameSize = view.getUint32(at, true);
  if (nameSize === 0 || nameSize > 16) return undefined;
  const name = NOTE_NAME.exec(ascii(view, at + 12, nameSize))?.[1];
  if (name === undefined) return undefined;
  const size = view.getUint32(at + 4, true);
  const body = at + 12 + padded(nameSize);
  return { name, type: view.getUint32(at + 8, true), body, size, end: body + padded(size) };
}

/** One after the other, with room between those of two processors. */
function noteFields(view: DataView): StyledLine[] {
  const lines: StyledLine[] = [];
  for (let at = 0; at < view.byteLength;) {
    const note = noteAt(view, at);
    if (note === undefined) {
      at += 4;
      continue;
    }
    const type = NOTE_TYPES[`${note.name} ${note.type}`] ?? `type ${hex(note.type)}`;
    lines.push([
      piece(`  +${at.toString(16).padStart(3, "0")} `, "dim"),
      piece(`${note.name} ${type}`.padEnd(24), "keyword"),
      piece(noteText(view, note), "number"),
    ]);
    if (note.name === "VMCOREINFO") {
      const text = ascii(view, note.body, note.size);
      lines.push(
        ...text.split("\n").filter((row) => row !== "").map((row) => line(`  ${row}`, "string")),
      );
    }
    at = note.end;
  }
  return lines;
}

const NOTE_TYPES: Readonly<Record<string, string>> = {
  "CORE 1": "PRSTATUS",
  "VMCOREINFO 0": "",
  "Xen 16777217": "CRASH_INFO",
  "Xen 16777218": "CRASH_REGS",
};

/** Where the registers begin in `struct elf_prstatus`, and rip and rsp among them. */
const PRSTATUS_REGISTERS = 112;
const RIP = 16 * 8;
const RSP = 19 * 8;

function noteText(view: DataView, { name, type, body, size, end }: Note): string {
  const inside = Math.min(end, view.byteLength) - body;
  let isEmpty = true;
  for (let i = 0; i < Math.min(size, inside); i++) isEmpty &&= view.getUint8(body + i) === 0;
  if (isEmpty) return "empty";
  const word = (at: number) => hex(view.getBigUint64(body + at, true));
  if (name === "CORE" && type === 1 && inside >= PRSTATUS_REGISTERS + RSP + 8) {
    return `rip ${word(PRSTATUS_REGISTERS + RIP)}, rsp ${word(PRSTATUS_REGISTERS + RSP)}`;
  }
  if (name === "Xen" && type === 0x1000002 && inside >= 32) {
    return `cr0 ${word(0)}, cr3 ${word(16)}`;
  }
  if (name === "Xen" && type === 0x1000001 && inside >= 16) {
    return `Xen ${view.getBigUint64(body, true)}.${view.getBigUint64(body + 8, true)}`;
  }
  return `${size} bytes`;
}

function padded(size: number): number {
  return Math.ceil(size / 4) * 4;
}

/** Records of a damaged header that are told. */
const MOST_RECORDS = 32;
const NOBODY = 255;

/** The header, who has which page, and the records that there are. */
function moduleFields(view: DataView): StyledLine[] {
  const [pages, records, table] = [8, 10, 12].map((at) => view.getUint16(at, true));
  const owners = new Map<number, number>();
  for (let i = 0; i < pages! && 14 + i < view.byteLength; i++) {
    const owner = view.getUint8(14 + i);
    owners.set(owner, (owners.get(owner) ?? 0) + 1);
  }
  const lines = [
    field("pages", String(pages)),
    field("record table", `+${table}, ${records} slots`),
    ...[...owners].map(([owner, count]) =>
      field(owner === NOBODY ? "free" : `of record ${owner}`, `${count} pages`)
    ),
  ];
  for (let i = 0; i < Math.min(records!, MOST_RECORDS); i++) {
    const at = table! + 4 * i;
    if (at + 4 > view.byteLength) break;
    const type = view.getUint8(at + 2);
    if (type === 0) continue;
    const what = type === 1 ? "9pfs" : `type ${type}`;
    lines.push(
      field(
        `record ${i}`,
        `${what}, ${view.getUint8(at + 3)} bytes at +${view.getUint16(at, true)}`,
      ),
    );
  }
  return lines;
}
