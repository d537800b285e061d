/** What the payload printed on entry against the machine at that moment. */
import {
  type Cpu,
  imageIn,
  type Machine,
  pagingLevels,
  readWord,
  type Slot,
  walk,
  type World,
} from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { ask, integerAnswer, listAnswer, rangeAnswer } from "./ask.ts";
import { integerOf, type JsonObject, type JsonValue } from "./format.ts";

/** The machine when the image had got control, and what was started. */
export interface Entry {
  readonly world: World;
  readonly machine: Machine;
  readonly slot: Slot;
  readonly cpu: number;
}

/** A difference, or that there is none; `undefined`: the field is not compared here. */
export type Verdict = { readonly modelled: string } | "same" | undefined;

const PAGE = BigInt(PAGE_SIZE);

/** Registers whose value follows from where the page allocator put something. */
const PLACED = new Set(["rax", "rbx", "rsi", "rsp", "r8", "r9", "r10", "cr3"]);
const NEVER = new Set(["cr2", "lstar", "pic1_mask", "pic2_mask"]);
const OWN = new Set(["rbp", "r14", "r15"]);

export function compareRegister(entry: Entry, name: string, all: JsonObject): Verdict {
  const wanted = integerOf(all[name]);
  if (wanted === undefined) return { modelled: "a number" };
  if (NEVER.has(name)) return undefined;
  const { machine, slot } = entry;
  const cpu = machine.processors[entry.cpu]!;
  const image = imageIn(machine, slot)!;
  const preserved = image.preserveContext;
  const modelled = registerOf(entry, cpu, name);
  if (modelled === undefined) return { modelled: "nothing" };
  if (preserved && OWN.has(name)) return undefined;
  // Since 6.11 it is the new CR4; before, Linux's own, which depends on the processor.
  if (preserved && name === "r13" && modelled !== cpu.cr4) {
    return (wanted & 0x20n) !== 0n && (modelled & 0x20n) !== 0n ? "same" : differs(modelled);
  }
  const placed = PLACED.has(name) && (preserved || name === "rsp" || name === "cr3");
  if (!placed || (slot === "crash" && name !== "r8" && name !== "rbx")) {
    return wanted === modelled ? "same" : differs(modelled);
  }
  // Without a list the register still belongs to the kernel.
  if (name === "rbx" && slot === "crash") return undefined;
  if (name === "r8") return inControlPage(entry, wanted, modelled);
  if (name === "rax" || name === "r9") {
    const same = wanted - (integerOf(all.cr3) ?? 0n) === modelled - cpu.cr3;
    return same ? "same" : differs(modelled);
  }
  if (
    name === "rsp" && preserved &&
    wanted - (integerOf(all.r10) ?? 0n) !== modelled - cpu.registers.r10
  ) {
    return differs(modelled);
  }
  return wanted % PAGE === modelled % PAGE ? "same" : differs(modelled);
}

/** Which instruction it is depends on the build; that it is in the page does not. */
function inControlPage({ world, machine, slot }: Entry, wanted: bigint, modelled: bigint): Verdict {
  const block = rangeAnswer(ask(world, machine, "control block of", { slot }));
  if (block === undefined) return { modelled: "no control page" };
  const inside = modelled >= block.end - PAGE && modelled < block.end;
  // The recorded one lies in a page of its own: all that can be said is that it is no start of one.
  return inside && wanted % PAGE !== 0n && wanted % PAGE < 2048n ? "same" : differs(modelled);
}

function registerOf(entry: Entry, cpu: Cpu, name: string): bigint | undefined {
  switch (name) {
    case "initial_apic_id":
      return BigInt(entry.cpu);
    case "page_tables":
      return BigInt(countTables(entry.machine, Number(cpu.cr3) / PAGE_SIZE, pagingLevels(cpu)));
    case "load_address":
      return cpu.rip;
    default:
      return integerAnswer(
        ask(entry.world, entry.machine, "register of cpu", { name, cpu: BigInt(entry.cpu) }),
      );
  }
}

/** Pages of page tables, the root among them. */
function countTables(machine: Machine, frame: number, level: number): number {
  let count = 1;
  if (level === 1) return count;
  for (let i = 0; i < 512; i++) {
    const word = readWord(machine, frame * PAGE_SIZE + i * 8);
    if ((word & 1n) === 0n || (level <= 3 && (word & 0x80n) !== 0n)) continue;
    count += countTables(machine, Number((word & 0x000f_ffff_ffff_f000n) / PAGE), level - 1);
  }
  return count;
}

const SIZES: ReadonlyMap<bigint, string> = new Map([[0x1000n, "4K"], [0x200000n, "2M"], [
  0x40000000n,
  "1G",
]]);
/** The payload leaves accessed and dirty bits out. */
const MARKS = 0x60n;

/** `va=0x0-0x1fffffff pa=0x0 2M flags=0x183`, one for each run. */
export function mappedLines(entry: Entry): string[] {
  const control = rangeAnswer(
    ask(entry.world, entry.machine, "control block of", { slot: entry.slot }),
  );
  return mappings(entry).map(({ start, end, maddr, size, flags }) => {
    if (start >= 1n << 63n) {
      return control !== undefined && maddr === control.end - PAGE
        ? "control code"
        : `at ${hex(start)}`;
    }
    return `va=${hex(start)}-${hex(end - 1n)} pa=${hex(maddr)} ${SIZES.get(size)} flags=${
      hex(flags & ~MARKS)
    }`;
  });
}

/** As recorded, the upper half told by its name only. */
export function recordedLines(value: JsonValue): string[] {
  if (!Array.isArray(value)) return [];
  return value.map((line) => /^va=0x[f]{4}/.test(String(line)) ? "control code" : String(line));
}

interface Run {
  readonly start: bigint;
  readonly end: bigint;
  readonly maddr: bigint;
  readonly size: bigint;
  readonly flags: bigint;
}

function mappings({ world, machine, slot }: Entry): Run[] {
  return listAnswer(ask(world, machine, "mappings of", { slot })).map((item) => {
    const [start, end, maddr, size, flags] = listAnswer(item).map((a) => integerAnswer(a) ?? 0n);
    return { start: start!, end: end!, maddr: maddr!, size: size!, flags: flags! };
  });
}

/** One line of what else it printed: the field that it belongs to, and what came of it. */
export function compareOther(
  entry: Entry,
  line: string,
  all: JsonObject,
): { field: string; verdict: Verdict } {
  let m = /^leaves_(4K|2M|1G)=(0x[0-9a-f]+)$/.exec(line);
  if (m !== null) {
    const pages = mappings(entry).filter((r) => SIZES.get(r.size) === m![1])
      .reduce((sum, r) => sum + (r.end - r.start) / r.size, 0n);
    return { field: "other.leaves", verdict: pages === BigInt(m[2]!) ? "same" : differs(pages) };
  }
  if (/^lapic page (not )?mapped/.test(line)) {
    const mapped = isMapped(entry, 0xfee00000n) !== undefined;
    return {
      field: "other.lapic",
      verdict: mapped === !line.includes("not") ? "same" : { modelled: String(mapped) },
    };
  }
  m = /^stack\[rsp([+-]0x[0-9a-f]+)\]=(0x[0-9a-f]+)$/.exec(line);
  if (m !== null) {
    return { field: "other.stack", verdict: compareStack(entry, m[1]!, BigInt(m[2]!), all) };
  }
  m = /^probe (0x[0-9a-f]+) (?:=(0x[0-9a-f]+)|not mapped)$/.exec(line);
  if (m !== null) {
    return {
      field: "other.probe",
      verdict: compareProbe(entry, BigInt(m[1]!), m[2] === undefined ? undefined : BigInt(m[2])),
    };
  }
  return { field: `other ${line}`, verdict: undefined };
}

function compareStack(entry: Entry, sign: string, wanted: bigint, all: JsonObject): Verdict {
  const { machine, slot } = entry;
  const image = imageIn(machine, slot)!;
  const rsp = machine.processors[entry.cpu]!.registers.rsp;
  const offset = BigInt(sign.slice(1)) * (sign.startsWith("-") ? -1n : 1n);
  const place = rsp + offset;
  if (place < 0n) return undefined;
  const modelled = readWord(machine, Number(place));
  const behind = place / PAGE !== rsp / PAGE;
  if (behind) {
    const owner = machine.owners.get(Number(place / PAGE));
    if (slot !== "crash" || owner?.image !== image.id) return undefined;
    return wanted === modelled ? "same" : differs(modelled);
  }
  // A return address of the relocation code: which one depends on its code.
  const isReturn = image.preserveContext ? offset === 0n : offset === -16n;
  if (isReturn) return inControlPage(entry, wanted, modelled);
  if (image.preserveContext && offset < 0n && integerOf(all.r10) === 0n) return undefined;
  return wanted === modelled ? "same" : differs(modelled);
}

function isMapped({ machine, cpu }: Entry, vaddr: bigint): number | undefined {
  const state = machine.processors[cpu]!;
  const found = walk(machine, Number(state.cr3), vaddr, "read", {
    levels: pagingLevels(state),
    writeProtect: false,
  });
  return found.ok ? found.maddr : undefined;
}

function compareProbe(entry: Entry, vaddr: bigint, wanted: bigint | undefined): Verdict {
  const { machine } = entry;
  const maddr = isMapped(entry, vaddr);
  if ((maddr === undefined) !== (wanted === undefined)) {
    return { modelled: maddr === undefined ? "not mapped" : "mapped" };
  }
  if (maddr === undefined || !isKnown(entry, maddr)) return "same";
  const modelled = readWord(machine, maddr);
  return wanted === modelled ? "same" : differs(modelled);
}

/** Whether the model has put there what is there: a destination in memory, or a crash image's own page. */
function isKnown({ machine }: Entry, maddr: number): boolean {
  const frame = Math.floor(maddr / PAGE_SIZE);
  if (!machine.contents.get(frame)) return false;
  const region = machine.reservations.get("crash");
  const inRegion = region !== undefined && maddr >= region.start && maddr < region.end;
  return [...machine.images.values()].some((image) =>
    image.segments.some((s) => maddr >= s.dest && maddr < s.dest + s.destSize) ||
    (inRegion && machine.owners.get(frame)?.image === image.id)
  );
}

/** Frames that hold nothing but `word`. */
export function pagesFullOf(machine: Machine, word: bigint): number[] {
  const frames: number[] = [];
  for (const extent of machine.contents.from()) {
    const { recipe } = extent.value;
    // A page that was filled is literal here; everything else is too large to be one.
    if (recipe.kind !== "literal" || extent.end - extent.start > 16) continue;
    for (let frame = extent.start; frame < extent.end; frame++) {
      let full = true;
      for (let at = 0; at < PAGE_SIZE && full; at += 8) {
        full = readWord(machine, frame * PAGE_SIZE + at) === word;
      }
      if (full) frames.push(frame);
    }
  }
  return frames;
}

function differs(value: bigint): Verdict {
  return { modelled: hex(value) };
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
