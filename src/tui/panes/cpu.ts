/** The processors: registers of the one that matters now, what the last event changed standing out. */
import {
  type Cpu,
  GENERAL_REGISTERS,
  type Machine,
  SEGMENT_REGISTERS,
  type SegmentRegister,
} from "../../machine/mod.ts";
import type { Scene } from "../scene.ts";
import {
  type Class,
  EMPTY_LINE,
  pad,
  type Piece,
  piece,
  type StyledLine,
  textWidth,
} from "../styled.ts";
import { noMachine } from "./no_machine.ts";
import type { PaneView } from "./pane.ts";
import { windowOf } from "./window.ts";

export const cpuPane: PaneView = {
  pane: "cpu",
  about: (scene) => scene.machine.processors.length > 0 ? `cpu ${shownCpu(scene)}` : "",
  draw: (scene, width, height, scroll) => windowOf(drawCpu(scene, width), height, scroll),
};

/** The processor that the last event is about, or else the first. */
function shownCpu({ event }: Scene): number {
  switch (event?.kind) {
    case "cpu-changed":
      return event.cpus[0] ?? 0;
    case "bytes-stored":
      return event.cpu;
    case "faulted":
      return event.fault.cpu;
    default:
      return 0;
  }
}

interface Field {
  readonly name: string;
  readonly text: string;
  readonly changed: boolean;
}

function drawCpu(scene: Scene, width: number): StyledLine[] {
  const { machine, before } = scene;
  const number = shownCpu(scene);
  const cpu = machine.processors[number];
  if (cpu === undefined) return noMachine(scene, width);
  const old = before.processors[number] ?? cpu;
  const general = GENERAL_REGISTERS.map((name) =>
    word(name, cpu.registers[name], old.registers[name])
  );
  const control = (["rip", "rflags", "cr0", "cr2", "cr3", "cr4", "cr8"] as const).map((name) =>
    word(name, cpu[name], old[name])
  );
  const tables = (["gdtr", "idtr"] as const).map((name) =>
    field(
      name,
      `${hex16(cpu[name].base)} +${cpu[name].limit.toString(16)}`,
      `${hex16(old[name].base)} +${old[name].limit.toString(16)}`,
    )
  );
  const special = (["efer", "apicBase", "pat"] as const).map((name) =>
    word(name === "apicBase" ? "apic" : name, cpu.special[name], old.special[name])
  );
  const segments = SEGMENT_REGISTERS.map((name) =>
    field(name, segmentText(cpu.segments[name]), segmentText(old.segments[name]))
  );
  return [
    stateLine(machine, before, cpu, old),
    ...grid(general, width),
    EMPTY_LINE,
    ...grid(control, width),
    ...flagLines(cpu, width),
    EMPTY_LINE,
    ...grid(tables, width),
    ...grid(special, width),
    EMPTY_LINE,
    ...grid(segments, width),
  ];
}

/** All processors in a line, and what the shown one does. */
function stateLine(machine: Machine, before: Machine, cpu: Cpu, old: Cpu): StyledLine {
  const pieces: Piece[] = [
    piece(cpu.state, cpu.state === old.state ? "strong" : "changed"),
    piece(`, fpu ${cpu.fpu}`, cpu.fpu === old.fpu ? "dim" : "changed"),
    piece(cpu.departed === undefined ? "" : ", left for an image", "note"),
  ];
  if (machine.processors.length < 2) return pieces;
  const counts = new Map<string, number>();
  for (const { state } of machine.processors) counts.set(state, (counts.get(state) ?? 0) + 1);
  const changed = machine.processors.some((one, i) => one.state !== before.processors[i]?.state);
  const all = [...counts].map(([state, n]) => `${n} ${state}`).join(", ");
  return [...pieces, piece(`   ${all}`, changed ? "changed" : "dim")];
}

function hex16(value: bigint): string {
  return value.toString(16).padStart(16, "0");
}

function word(name: string, value: bigint, old: bigint): Field {
  return field(name, hex16(value), hex16(old));
}

function field(name: string, text: string, old: string): Field {
  return { name, text, changed: text !== old };
}

function segmentText({ selector, base, limit, kind }: SegmentRegister): string {
  if (kind === "none") return `${selector.toString(16).padStart(4, "0")} -`;
  return `${selector.toString(16).padStart(4, "0")} ${kind} ${base.toString(16)}+${
    limit.toString(16)
  }`;
}

/** Fields in as many columns as fit, down and then right. Leading zeros of a number are dim. */
function grid(fields: readonly Field[], width: number): StyledLine[] {
  const nameWidth = Math.max(...fields.map(({ name }) => name.length)) + 1;
  const textSize = Math.max(...fields.map(({ text }) => textWidth(text)));
  const column = nameWidth + textSize;
  const columns = Math.max(1, Math.floor((width + 1) / (column + 1)));
  const rows = Math.ceil(fields.length / columns);
  return Array.from({ length: rows }, (_, row) => {
    const pieces: Piece[] = [];
    for (let at = row; at < fields.length; at += rows) {
      const { name, text, changed } = fields[at]!;
      if (pieces.length > 0) pieces.push(piece(" "));
      pieces.push(piece(pad(name, nameWidth), "dim"), ...valuePieces(text, textSize, changed));
    }
    return pieces;
  });
}

function valuePieces(text: string, size: number, changed: boolean): Piece[] {
  if (changed) return [piece(pad(text, size), "changed")];
  const zeros = /^0{1,15}(?=[0-9a-f])/.exec(text)?.[0] ?? "";
  return [piece(zeros, "dim"), piece(pad(text.slice(zeros.length), size - zeros.length), "number")];
}

/** What the bits of the control registers mean, those that a kexec cares for. */
const BITS: readonly (readonly [string, (cpu: Cpu) => bigint, bigint])[] = [
  ["PE", (cpu) => cpu.cr0, 1n],
  ["WP", (cpu) => cpu.cr0, 1n << 16n],
  ["PG", (cpu) => cpu.cr0, 1n << 31n],
  ["PAE", (cpu) => cpu.cr4, 1n << 5n],
  ["LA57", (cpu) => cpu.cr4, 1n << 12n],
  ["LME", (cpu) => cpu.special.efer, 1n << 8n],
  ["LMA", (cpu) => cpu.special.efer, 1n << 10n],
  ["NXE", (cpu) => cpu.special.efer, 1n << 11n],
  ["IF", (cpu) => cpu.rflags, 1n << 9n],
];

function flagLines(cpu: Cpu, width: number): StyledLine[] {
  const pieces: Piece[] = [];
  let used = 0;
  for (const [name, of, bit] of BITS) {
    const as: Class = (of(cpu) & bit) === 0n ? "dim" : "good";
    if (used + name.length + 2 > width) break;
    pieces.push(piece(`${as === "dim" ? "-" : "+"}${name} `, as));
    used += name.length + 2;
  }
  return [pieces];
}
