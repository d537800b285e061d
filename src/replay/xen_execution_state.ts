/** Registers, notes and memory at the entry point against what a payload and a reader of memory saw. */
import { type Image, type Machine, readMemory, readWord, type World } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { ask, integerAnswer } from "./ask.ts";
import { integerOf, isObjects, type JsonObject, type JsonValue, show } from "./format.ts";
import { hex, readXenList } from "./xen_list.ts";
import type { Findings } from "./xen_reader.ts";

/** The machine when the image got control. */
export interface XenEntry {
  readonly world: World;
  readonly machine: Machine;
  readonly image: Image;
  readonly cpu: number;
  readonly findings: Findings;
}

const XEN_HALF = 0xffff_8200_0000_0000n;
const INTERRUPTS = 1n << 9n;
/** Bytes. */
const MOST_READ = 2 ** 26;

/** The recorder's names for what a query calls otherwise. */
const NAMES: Readonly<Record<string, string>> = {
  START: "rip",
  GDTLIM: "gdt_limit",
  GDTBASE: "gdt_base",
  IDTLIM: "idt_limit",
  IDTBASE: "idt_base",
  APICBASE: "apic_base",
  EFER_LO: "efer",
  EFLAGS: "rflags",
};

export function compareRegisters(entry: XenEntry, regs: JsonObject): void {
  for (const [name, text] of Object.entries(regs)) {
    if (!entry.findings.meet(`regs.${name}`)) continue;
    const wanted = typeof text === "string" ? integerOf(`0x${text}`) : undefined;
    if (wanted === undefined) entry.findings.differ(`regs.${name}`, show(text), "a number");
    else compareRegister(entry, name, wanted);
  }
}

function compareRegister(entry: XenEntry, name: string, wanted: bigint): void {
  const { findings, image } = entry;
  const field = `regs.${name}`;
  if (NEVER.has(name)) return;
  const modelled = valueOf(entry, name);
  const same = (a: bigint, b: bigint) => findings.expect(field, hex(a), hex(b));
  if (modelled === undefined) return findings.differ(field, hex(wanted), "nothing");
  if (name === "EFLAGS") return same(wanted & INTERRUPTS, modelled & INTERRUPTS);
  const isTable = name === "GDTBASE" || name === "IDTBASE";
  if (isTable && wanted >= XEN_HALF) return same(1n, modelled >= XEN_HALF ? 1n : 0n);
  const placed = PLACED.has(name) || (name === "GDTBASE" && wanted !== 0n);
  if (placed && (image.slot === "default" || image.sourcePages > 0)) {
    return same(wanted % 4096n, modelled % 4096n);
  }
  same(wanted, modelled);
}

const NEVER = new Set(["RBX", "EBX", "R10", "R11", "R12", "R13", "R14", "R15", "CR2", "GSBASE"]);
/** In pages that the heap chose, if the image is a default one. */
const PLACED = new Set(["RDX", "RSI", "ESI", "CR3", "RSP", "ESP", "RETADDR"]);

function valueOf({ world, machine, cpu }: XenEntry, name: string): bigint | undefined {
  const query = (register: string) =>
    integerAnswer(ask(world, machine, "register of cpu", { name: register, cpu: BigInt(cpu) }));
  if (name === "RETADDR") {
    const top = query("rsp") ?? 0n;
    const word = readWord(machine, Number(top));
    return machine.processors[cpu]!.special.efer & (1n << 10n) ? word : word & 0xffff_ffffn;
  }
  if (name === "EFER_HI") return (query("efer") ?? 0n) >> 32n;
  const general = /^E(AX|BX|CX|DX|SI|DI|BP|SP)$/.exec(name);
  return query(NAMES[name] ?? (general === null ? name : `R${general[1]}`).toLowerCase());
}

/** Notes one behind the other, as a recorder lists them. */
export function notesIn(machine: Machine, at: number, size: number): JsonObject[] {
  const bytes = readMemory(machine, at, size);
  const view = new DataView(bytes.buffer);
  const notes: JsonObject[] = [];
  for (let offset = 0; offset + 12 <= size;) {
    const nameSize = view.getUint32(offset, true);
    const descsz = view.getUint32(offset + 4, true);
    const type = view.getUint32(offset + 8, true);
    if (nameSize === 0) break;
    const name = new TextDecoder().decode(bytes.subarray(offset + 12, offset + 11 + nameSize));
    const desc = offset + 12 + Math.ceil(nameSize / 4) * 4;
    const body = bytes.subarray(desc, desc + descsz);
    notes.push({
      name,
      type: hex(type),
      descsz,
      desc_all_zero: body.every((b) => b === 0),
      desc_head: [...body.subarray(0, 48)].map((b) => b.toString(16).padStart(2, "0")).join(""),
    });
    offset = desc + Math.ceil(descsz / 4) * 4;
  }
  return notes;
}

/** Headers and which bodies are filled; of a filled one what does not depend on a guest or the build. */
export function compareNotes(
  findings: Findings,
  name: string,
  wanted: readonly JsonObject[],
  modelled: readonly JsonObject[],
): void {
  const header = ({ name, type, descsz, desc_all_zero }: JsonObject): JsonValue => [
    name!,
    type!,
    descsz!,
    desc_all_zero!,
  ];
  findings.expect(name, wanted.map(header), modelled.map(header));
  for (const [i, note] of wanted.entries()) {
    const own = modelled[i];
    if (own === undefined) continue;
    const [first, second] = [note, own].map((n) => knownPart(n));
    findings.expect(name, first, second);
  }
}

function knownPart({ name, type, desc_head, desc_all_zero }: JsonObject): string {
  const head = String(desc_head);
  if (desc_all_zero === true || name === "CORE") return head;
  // Major and minor version; or that protection and paging are on, and PAE.
  if (type === "0x1000001") return head.slice(0, 32);
  const word = (at: number) => parseInt(head.slice(at, at + 2), 16);
  return type === "0x1000002" ? `${word(0) & 1} ${word(6) >> 7} ${word(48) & 0x20}` : "";
}

/** The note and its lines, as far as they are of this build. */
export function compareVmcoreinfo(
  findings: Findings,
  wanted: JsonObject,
  note: JsonObject | undefined,
  text: readonly string[],
): void {
  const name = "vmcoreinfo_after_load";
  findings.expect(name, wanted.notes, note === undefined ? [] : [note]);
  findings.expect(name, wanted.text, [...text]);
}

/**
 * The first word of every page of a destination. Pages that the model made copies of page 0, because
 * its heap gave their source away, are compared by another field. `image` is the one that ran.
 */
export function compareMemory(
  { findings, machine, image }: {
    readonly findings: Findings;
    readonly machine: Machine;
    readonly image: Image | undefined;
  },
  wanted: JsonValue,
): void {
  if (!isObjects(wanted)) return findings.differ("memcheck", show(wanted), "a list");
  const lost = image === undefined ? new Set<number>() : lostPages(machine, image);
  for (const { addr, words, all_zero, len } of wanted) {
    const at = Number(integerOf(addr) ?? 0n);
    const list = Array.isArray(words) ? words : [];
    const modelled = list.map((word, i) => {
      const page = at + i * PAGE_SIZE;
      return lost.has(page) ? word : hex(readWord(machine, page));
    });
    findings.expect("memcheck", [addr!, list], [addr!, modelled]);
    if (all_zero === true) {
      const length = Math.min(Number(integerOf(len) ?? 0n), MOST_READ);
      const zero = readMemory(machine, at, length).every((b) => b === 0);
      findings.expect("memcheck", [addr!, true], [addr!, zero]);
    }
  }
}

/** Byte addresses of the destinations whose source became page 0. */
function lostPages(machine: Machine, image: Image): Set<number> {
  const parts = image.slot === "crash" ? [] : readXenList(machine, image.head).parts;
  return new Set(
    parts.flatMap(({ dest, sources }) =>
      sources.flatMap((source, i) => source === 0 ? [dest + i * PAGE_SIZE] : [])
    ),
  );
}

/** Pages whose source became page 0 hold what it holds: at least one here as there. */
export function compareCorruption({ findings, machine, image }: XenEntry, wanted: JsonValue): void {
  const recorded = isObjects(wanted) && wanted.some((w) => w.equals_physical_page0 === true);
  const first = readMemory(machine, 0, PAGE_SIZE);
  const modelled = [...lostPages(machine, image)].some((at) => {
    const page = readMemory(machine, at, PAGE_SIZE);
    return page.every((byte, k) => byte === first[k]);
  });
  findings.expect("corruption_check", recorded, modelled);
}

export function isNotes(value: JsonValue | undefined): value is readonly (readonly JsonObject[])[] {
  return Array.isArray(value) && value.every((v) => isObjects(v));
}

/** The note of vmcoreinfo, and its lines. */
export function vmcoreinfoOf(machine: Machine): { note: JsonObject | undefined; lines: string[] } {
  const range = machine.reservations.get("vmcoreinfo");
  if (range === undefined) return { note: undefined, lines: [] };
  const [note] = notesIn(machine, range.start, PAGE_SIZE);
  const text: number[] = [];
  for (let at = range.start + 28; at < range.start + PAGE_SIZE; at += 8) {
    const word = readWord(machine, at);
    for (let i = 0n; i < 8n; i++) text.push(Number((word >> (8n * i)) & 0xffn));
  }
  const end = text.indexOf(0);
  const lines = new TextDecoder().decode(new Uint8Array(text.slice(0, end))).split("\n");
  return { note, lines: lines.filter((line) => line !== "") };
}
