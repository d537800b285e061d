/**
 * Cases in which an image of Xen was started: the loads, the state before, the way in, and what the
 * payload, the console and a reader of memory saw after it.
 */
import {
  type Clause,
  type Event,
  type Image,
  imageIn,
  logLines,
  type Machine,
  readWord,
  settle,
  type Slot,
  type World,
} from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { ask, integerAnswer, rangeAnswer } from "./ask.ts";
import {
  integerOf,
  isObject,
  isObjects,
  type JsonObject,
  type JsonValue,
  rangeOf,
  type RecordedCase,
  show,
} from "./format.ts";
import { xenStep } from "./xen_arguments.ts";
import { compareBits, comparePageTables, compareXenImage } from "./xen_execution_image.ts";
import {
  compareCorruption,
  compareMemory,
  compareNotes,
  compareRegisters,
  compareVmcoreinfo,
  isNotes,
  notesIn,
} from "./xen_execution_state.ts";
import { hex } from "./xen_list.ts";
import { bootXen, clause } from "./xen_machine.ts";
import { Findings, type XenBench, type XenFindings, type XenReader } from "./xen_reader.ts";

const CONTEXT = { allocationFails: () => false };
const IN_HYPERCALL = 1n << 7n;
/** First words of the recorder's payloads, where a case does not show them. */
const PAYLOAD: Readonly<Record<string, bigint>> = {
  "fp64.bin": 0x4800_0003_9105_8948n,
  "fp32.bin": 0x835b_0000_0000_e853n,
};
/** A fault in Xen prints this before anything else. */
const DUMP = /^----\[ Xen-/;

export class XenExecutionReader implements XenReader {
  wants({ ops }: RecordedCase): boolean {
    return ops.length === 1 && ops[0]!.op === "load_and_jump";
  }

  read(recorded: RecordedCase, bench: XenBench): XenFindings {
    const findings = new Findings(bench, "execution");
    const booted = bootOf(bench.world, recorded);
    if ("problem" in booted) {
      findings.differ("machine", recorded.machine.id, booted.problem);
      return findings;
    }
    new Execution(bench.world, booted.machine, recorded, findings).run();
    return findings;
  }
}

function bootOf(world: World, { machine, ops, observed }: RecordedCase) {
  const { fields } = machine;
  const seen = observed[0]!;
  const layout = isObject(fields.layout) ? fields.layout : {};
  const clauses: Clause[] = [];
  const start = integerOf(layout.xen_start);
  const size = integerOf(layout.xen_size);
  if (start !== undefined && size !== undefined) {
    clauses.push(clause("xen", { range: { start, end: start + size } }));
  }
  const region = rangeOf(fields.crash_region);
  if (region !== undefined) {
    const args = { start: region.start, size: region.end - region.start };
    clauses.push(clause("crash_area", args));
  }
  const window = heapWindow(seen, ops[0]!);
  if (window === undefined) clauses.push(clause("dom0", { world: "linux", version: "6.1" }));
  else clauses.push(...elsewhere(window));
  const cmdline = layout.xen_cmdline ?? fields.xen_cmdline ?? "";
  const cpus = Array.isArray(seen.cpu_ranges) ? seen.cpu_ranges.length : 2;
  return bootXen(world, { ...fields, xen_cmdline: cmdline }, {
    cpus,
    clauses,
    ...(window === undefined ? {} : { policy: { kind: "lowest", seed: 0n } as const }),
  });
}

/**
 * Where the heap handed out pages of a destination that had their source already, it is made to: it
 * is the destination, not quite as much below it, and a little above for pages that may lie in no
 * destination; the lowest page comes first. Bytes.
 */
function heapWindow(
  { probe }: JsonObject,
  { loads }: JsonObject,
): { start: number; end: number } | undefined {
  if (!isObject(probe) || !(Number(probe.predicted_swaps) > 0)) return undefined;
  const start = Number(integerOf(probe.dest) ?? 0n);
  const segments = (isObjects(loads) ? loads : []).flatMap((l) =>
    isObjects(l.segments) ? l.segments : []
  );
  const hit = segments.find((s) => integerOf(s.dest_maddr) === BigInt(start));
  const pages = Math.floor(Number(integerOf(hit?.dest_size) ?? 0n) / PAGE_SIZE);
  const below = Math.floor(pages * 3 / 4) * PAGE_SIZE;
  return { start: start - below, end: start + pages * PAGE_SIZE + 2 ** 22 };
}

function elsewhere({ start, end }: { start: number; end: number }): Clause[] {
  const reserve = (name: string, at: bigint, size: bigint) => clause("reserve", { name, at, size });
  return [
    reserve("below_heap", 0x10_0000n, BigInt(start) - 0x10_0000n),
    reserve("above_heap", BigInt(end), (1n << 36n) - BigInt(end)),
  ];
}

class Execution {
  readonly #world: World;
  readonly #op: JsonObject;
  readonly #seen: JsonObject;
  readonly #findings: Findings;
  #machine: Machine;
  /** When an image got control. */
  #entered: Machine | undefined;

  constructor(world: World, machine: Machine, recorded: RecordedCase, findings: Findings) {
    this.#world = world;
    this.#machine = machine;
    this.#op = recorded.ops[0]!;
    this.#seen = recorded.observed[0]!;
    this.#findings = findings;
  }

  run(): void {
    const fresh = this.#machine;
    const printed = logLines(fresh).length;
    this.#load();
    const loaded = this.#machine;
    this.#start();
    const console = logLines(this.#machine).slice(printed);
    for (const [field, wanted] of Object.entries(this.#seen)) {
      switch (field) {
        case "image_before":
          this.#compareImage(loaded, wanted);
          break;
        case "regs":
          if (isObject(wanted)) this.#atEntry((e) => compareRegisters(e, wanted));
          break;
        case "live_pagetables":
          if (isObject(wanted)) this.#compareLive(wanted);
          break;
        default:
          if (this.#findings.meet(field)) {
            this.#compare(field, wanted!, { fresh, loaded, console });
          }
      }
    }
  }

  /** What the recorder had loaded before it pulled the trigger; a load may end Xen itself. */
  #load(): void {
    this.#findings.meet("loads");
    const loads = isObjects(this.#op.loads) ? this.#op.loads : [];
    for (const load of loads) {
      const step = xenStep(withPayload(load, this.#seen));
      if ("problem" in step) {
        this.#findings.differ("loads", show(load), step.problem);
        return;
      }
      const { operation } = step;
      const args = { ...operation.args, cpu: BigInt(consoleCpu(this.#seen)) };
      const ret = this.#operate({ ...operation, args });
      this.#findings.expect("loads", load.result, ret === "0" ? "OK" : ret);
    }
  }

  #start(): void {
    const cpu = BigInt(consoleCpu(this.#seen));
    switch (this.#op.trigger) {
      case "exec0":
        this.#operate(clause("exec", { slot: "default", cpu }));
        break;
      case "exec1":
        this.#operate(clause("exec", { slot: "crash", cpu }));
        break;
      case "debugkey-C":
        this.#operate(clause("debug_key", { key: "C", cpu }));
        break;
      case "sysrq-c":
        this.#operate(clause("panic", { text: "sysrq", in: "dom0", cpu }));
        break;
      case "none":
        break;
      default:
        this.#findings.differ("trigger", show(this.#op.trigger), "no such trigger is known");
    }
  }

  #operate(operation: Clause): string {
    const decision = this.#world.decide(this.#machine, operation, CONTEXT);
    const observe = (event: Event, after: Machine) => {
      if (event.kind === "power-changed" && event.power === "new-image") this.#entered = after;
    };
    const { machine, result } = settle(this.#machine, decision, observe);
    this.#machine = machine;
    return result.ret;
  }

  #compare(
    field: string,
    wanted: JsonValue,
    { fresh, loaded, console }: { fresh: Machine; loaded: Machine; console: readonly string[] },
  ): void {
    const findings = this.#findings;
    switch (field) {
      case "probe":
        return;
      case "vmcoreinfo_before_first_load":
        return this.#compareRange(field, isObject(wanted) ? wanted.range : undefined, fresh, 6n, 0);
      case "cpu_ranges":
        for (const [i, range] of (isObjects(wanted) ? wanted : []).entries()) {
          this.#compareRange(field, range, fresh, 2n, i);
        }
        return;
      case "notes_before":
      case "notes_after":
        return this.#compareNotes(field, wanted, field === "notes_before" ? fresh : this.#machine);
      case "vmcoreinfo_after_load": {
        const text = vmcoreinfoOf(loaded);
        if (isObject(wanted)) compareVmcoreinfo(findings, wanted, text.note, text.lines);
        return;
      }
      case "status":
        return findings.expect(field, wanted, {
          default: this.#status(loaded, "default"),
          crash: this.#status(loaded, "crash"),
        });
      case "truth":
        return findings.expect(field, wanted, this.#truth(loaded));
      case "payload_ran":
        return findings.expect(field, wanted, this.#ranPayload());
      case "qemu_exited":
        return findings.expect(field, wanted, this.#machine.power === "rebooted");
      case "mode":
        return this.#atEntry(({ machine, cpu }) => {
          const long = (machine.processors[cpu]!.special.efer & (1n << 10n)) !== 0n;
          findings.expect(field, wanted, long ? 64 : 32);
        });
      case "xen_console":
        return this.#compareConsole(wanted, console);
      case "memcheck":
        return compareMemory({ findings, machine: this.#entered ?? this.#machine }, wanted);
      case "corruption_check":
        return this.#atEntry((e) => compareCorruption(e, wanted));
    }
  }

  /** What is only there if an image got control; the recording of it says that one did. */
  #atEntry(
    look: (entry: {
      world: World;
      machine: Machine;
      image: Image;
      cpu: number;
      findings: Findings;
    }) => void,
  ): void {
    const machine = this.#entered;
    const image = machine && imageIn(machine, this.#slot(machine));
    if (machine === undefined || image === undefined) {
      this.#findings.differ("payload_ran", "true", "no image got control");
      return;
    }
    const cpu = machine.processors.findIndex((c) => c.state === "running");
    look({ world: this.#world, machine, image, cpu, findings: this.#findings });
  }

  #slot(machine: Machine): Slot {
    const dump = this.#seen.image_before;
    if (isObject(dump)) return dump.type === 1 ? "crash" : "default";
    return imageIn(machine, "crash") === undefined ? "default" : "crash";
  }

  #compareImage(loaded: Machine, dump: JsonValue | undefined): void {
    const slot = this.#slot(loaded);
    const image = imageIn(loaded, slot);
    if (!isObject(dump) || image === undefined) {
      if (!isObject(dump)) this.#findings.meet("image_before");
      this.#findings.expect("image_before", isObject(dump), image !== undefined);
      return;
    }
    const flags = integerAnswer(ask(this.#world, loaded, "kexec_flags")) ?? 0n;
    const base = slot === "crash" ? 2 : 0;
    const position = Number((flags >> (slot === "crash" ? 5n : 4n)) & 1n);
    compareXenImage({ machine: loaded, image, findings: this.#findings }, base + position, dump);
  }

  #compareLive(wanted: JsonObject): void {
    this.#atEntry(({ machine, image, findings }) => {
      const subject = { machine, image, findings };
      for (const [field, value] of Object.entries(wanted)) {
        const name = `live_pagetables.${field}`;
        if (!findings.meet(name)) continue;
        if (field === "accessed_dirty") compareBits(subject, value);
        else if (field === "mappings") comparePageTables(subject, name, wanted, undefined);
        else if (field === "cr3" && image.slot === "crash") {
          const root = BigInt((image.pageTableRoot ?? 0) * PAGE_SIZE);
          findings.expect(name, hex(BigInt(`0x${String(value)}`)), hex(root));
        }
      }
    });
  }

  #compareRange(
    field: string,
    wanted: JsonValue | undefined,
    machine: Machine,
    range: bigint,
    nr: number,
  ): void {
    if (!isObject(wanted)) return this.#findings.differ(field, show(wanted), "a range");
    const operation = clause("get_range", { range, nr: BigInt(nr) });
    const { result } = settle(machine, this.#world.decide(machine, operation, CONTEXT));
    const told = / size (0x[0-9a-f]+)/.exec(result.note ?? "")?.[1] ?? "nothing";
    const ret = result.ret === "0" ? 0 : result.ret;
    this.#findings.expect(field, [wanted.ret!, wanted.size!], [ret, told]);
    if (range !== 6n) return;
    const at = machine.reservations.get("vmcoreinfo")?.start;
    const empty = at !== undefined && readWord(machine, at) === 0n;
    const recorded = this.#seen[field];
    // A probe had loaded an image before.
    if (this.#seen.probe !== undefined) return;
    this.#findings.expect(field, isObject(recorded) ? recorded.all_zero : undefined, empty);
  }

  #compareNotes(field: string, wanted: JsonValue, machine: Machine): void {
    if (!isNotes(wanted)) return this.#findings.differ(field, show(wanted), "lists of notes");
    for (const [i, notes] of wanted.entries()) {
      const range = rangeAnswer(ask(this.#world, machine, "notes of cpu", { cpu: BigInt(i) }));
      const modelled = range === undefined
        ? []
        : notesIn(machine, Number(range.start), Number(range.end - range.start));
      if (this.#isOverwritten(range?.start) || this.#isOverwritten(this.#recordedNote(i))) continue;
      compareNotes(this.#findings, field, notes, modelled);
    }
  }

  /** A default image may be copied over the notes, wherever the heap has them. */
  #isOverwritten(at: bigint | undefined): boolean {
    const image = this.#entered && imageIn(this.#entered, "default");
    return at !== undefined &&
      (image?.segments.some((s) => at >= BigInt(s.dest) && at < BigInt(s.dest + s.destSize)) ??
        false);
  }

  #recordedNote(cpu: number): bigint | undefined {
    const ranges = this.#seen.cpu_ranges;
    return isObjects(ranges) ? integerOf(ranges[cpu]?.start) : undefined;
  }

  #status(machine: Machine, slot: Slot): number {
    const operation = clause("status", { slot });
    return Number(settle(machine, this.#world.decide(machine, operation, CONTEXT)).result.ret);
  }

  #truth(machine: Machine): JsonValue {
    const flags = integerAnswer(ask(this.#world, machine, "kexec_flags")) ?? 0n;
    const bit = (n: bigint) => Number((flags >> n) & 1n);
    const loaded = (slot: Slot) => imageIn(machine, slot) === undefined ? 0 : 1;
    const ended = machine.power !== "running";
    return {
      kexec_flags: Number(ended ? flags : flags & ~IN_HYPERCALL),
      default_pos: bit(4n),
      crash_pos: bit(5n),
      default_loaded: loaded("default"),
      crash_loaded: loaded("crash"),
      in_progress: bit(6n),
      in_hypercall: ended ? bit(7n) : 0,
    };
  }

  /** Whether the payload's first word is where the processor is. */
  #ranPayload(): boolean {
    const machine = this.#entered;
    const cpu = machine?.processors.find((c) => c.state === "running");
    if (machine === undefined || cpu === undefined) return false;
    const word = readWord(machine, Number(cpu.rip));
    return payloadWords(this.#seen).has(word);
  }

  #compareConsole(wanted: JsonValue, console: readonly string[]): void {
    const lines = (Array.isArray(wanted) ? wanted : [])
      .map((line) => String(line).replace(/^\(XEN\) /, ""));
    if (lines.some((line) => DUMP.test(line))) {
      const panicked = console.some((line) => line.startsWith("Panic on CPU"));
      return this.#findings.expect("xen_console", "panicked", panicked ? "panicked" : "did not");
    }
    this.#findings.expect("xen_console", lines, console);
  }
}

/** The processor that Xen said it executes the image on, or that it died on. */
function consoleCpu({ xen_console }: JsonObject): number {
  const lines = Array.isArray(xen_console) ? xen_console.map(String) : [];
  const told = lines.map((line) => /(?:Executing kexec image on cpu|CPU:\s+)(\d+)/.exec(line)?.[1]);
  return Number(told.find((n) => n !== undefined) ?? 0);
}

function payloadWords(seen: JsonObject): Set<bigint> {
  return new Set([...Object.keys(PAYLOAD)].map((name) => payloadWord(name, seen)));
}

/** As memory showed it after the jump. */
function payloadWord(name: string, { memcheck }: JsonObject): bigint {
  const seen = isObjects(memcheck)
    ? memcheck.find((m) => String(m.what).includes(name))
    : undefined;
  const first = Array.isArray(seen?.words) ? integerOf(seen.words[0]) : undefined;
  return first ?? PAYLOAD[name]!;
}

/** Programs by name become bytes: their first word, then zeros. */
function withPayload(load: JsonObject, seen: JsonObject): JsonObject {
  if (!isObjects(load.segments)) return load;
  const segments = load.segments.map((segment) => {
    if (!Object.hasOwn(PAYLOAD, String(segment.buf))) return segment;
    const size = Number(integerOf(segment.buf_size) ?? 0n);
    const word = payloadWord(String(segment.buf), seen);
    const bytes = new Uint8Array(Math.max(8, Math.min(size, 1 << 20)));
    new DataView(bytes.buffer).setBigUint64(0, word, true);
    const text = [...bytes.subarray(0, size)].map((b) => b.toString(16).padStart(2, "0")).join("");
    return { ...segment, buf: `w${text}` };
  });
  return { ...load, segments };
}

function vmcoreinfoOf(machine: Machine): { note: JsonObject | undefined; lines: string[] } {
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
