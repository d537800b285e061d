/**
 * Cases in which an image of Xen was started: the loads, the state before, the way in, and what the
 * payload, the printed and a reader of memory saw after it.
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
  vmcoreinfoOf,
} from "./xen_execution_state.ts";
import { hex } from "./xen_list.ts";
import { bootOf, consoleCpu, payloadWords, withPayload } from "./xen_execution_machine.ts";
import { clause } from "./xen_machine.ts";
import { Findings, type XenBench, type XenFindings, type XenReader } from "./xen_reader.ts";

const CONTEXT = { allocationFails: () => false };
const IN_HYPERCALL = 1n << 7n;
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
    const before = logLines(fresh).length;
    this.#load();
    const loaded = this.#machine;
    this.#start();
    const printed = logLines(this.#machine).slice(before);
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
            this.#compare(field, wanted!, { fresh, loaded, printed });
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
      case "dom0-panic":
        this.#operate(clause("panic", { text: "sysrq", in: "dom0", cpu }));
        break;
      case "xen-panic":
        this.#operate(clause("panic", { text: "the recorder's", in: "xen", cpu }));
        break;
      case "watchdog":
        this.#operate(clause("watchdog", { cpu }));
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
    { fresh, loaded, printed }: { fresh: Machine; loaded: Machine; printed: readonly string[] },
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
        return this.#compareConsole(wanted, printed);
      case "memcheck":
        return this.#compareMemory(wanted);
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

  #compareMemory(wanted: JsonValue): void {
    const machine = this.#entered ?? this.#machine;
    const image = this.#entered && imageIn(machine, this.#slot(machine));
    compareMemory({ findings: this.#findings, machine, image }, wanted);
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
          findings.expect(name, hex(integerOf(`0x${String(value)}`) ?? -1n), hex(root));
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

  #compareConsole(wanted: JsonValue, printed: readonly string[]): void {
    const lines = (Array.isArray(wanted) ? wanted : [])
      .map((line) => String(line).replace(/^\(XEN\) /, ""));
    if (lines.some((line) => DUMP.test(line))) {
      const panicked = printed.some((line) => line.startsWith("Panic on CPU"));
      return this.#findings.expect("xen_console", "panicked", panicked ? "panicked" : "did not");
    }
    this.#findings.expect("xen_console", lines, printed);
  }
}
