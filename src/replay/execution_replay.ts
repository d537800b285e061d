/**
 * Cases in which the recorded kernel was left: loads and jumps in the order of the story, and at each
 * start of the payload what it printed against the machine at that moment.
 */
import {
  apply,
  type ArgValue,
  type Clause,
  type Event,
  imageIn,
  type Machine,
  readWord,
  settle,
  type Slot,
  type World,
} from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { ask, integerAnswer, listAnswer } from "./ask.ts";
import { compareEntryFields } from "./compare_invocation.ts";
import type { Entry } from "./compare_entry.ts";
import { compareImage } from "./compare_image.ts";
import { payloadProgram, type PayloadWords, USUAL_WORDS } from "./execution_payload.ts";
import { planOf, type PlanStep } from "./execution_plan.ts";
import type { FieldCounter } from "./fields.ts";
import {
  integerOf,
  isObjects,
  type JsonObject,
  type JsonValue,
  type RecordedCase,
  show,
} from "./format.ts";
import { stepOf } from "./linux_operations.ts";
import type { Difference } from "./report.ts";

const CONTEXT = { allocationFails: () => false };
const READABLE = 1n << 20n;
/** A buffer of a page or less holds no payload. */
const NO_PAYLOAD = 0x1000n;

export interface ExecutionResult {
  readonly differences: readonly Difference[];
  readonly compared: number;
}

export function isExecution(recorded: RecordedCase): boolean {
  return recorded.ops.length === 1 && recorded.ops[0]!.op === "load_and_jump";
}

export function replayExecution(
  world: World,
  booted: Machine,
  recorded: RecordedCase,
  counter: FieldCounter,
  unknown: (field: string) => void,
): ExecutionResult {
  return new ExecutionReplay(world, booted, recorded, counter, unknown).run();
}

class ExecutionReplay {
  readonly #world: World;
  readonly #recorded: RecordedCase;
  readonly #counter: FieldCounter;
  readonly #unknown: (field: string) => void;
  readonly #differences: Difference[] = [];
  readonly #words: PayloadWords;
  readonly #invocations: readonly JsonObject[];
  #machine: Machine;
  #compared = 0;
  #started = 0;
  #jumps = 0;
  #entry: Entry | undefined;
  #ret = "0";
  /** Destinations whose first words were taken over from the recording. */
  readonly #taken = new Set<bigint>();

  constructor(
    world: World,
    booted: Machine,
    recorded: RecordedCase,
    counter: FieldCounter,
    unknown: (field: string) => void,
  ) {
    this.#world = world;
    this.#recorded = recorded;
    this.#counter = counter;
    this.#unknown = unknown;
    this.#words = payloadWords(recorded.ops[0]!);
    const { invocations } = recorded.observed[0] ?? {};
    this.#invocations = isObjects(invocations) ? invocations : [];
    this.#machine = apply(booted, { kind: "program-known", program: payloadProgram(this.#words) });
  }

  run(): ExecutionResult {
    let imagesDue = true;
    for (const step of planOf(this.#recorded.ops[0]!)) {
      if (
        step.kind !== "load" && step.kind !== "fill" && step.kind !== "disable loading" && imagesDue
      ) {
        imagesDue = false;
        this.#compareImages(0);
      }
      this.#perform(step);
    }
    this.#meet("invocations");
    this.#expect("invocations", this.#invocations.length, this.#started);
    for (const field of Object.keys(this.#recorded.observed[0] ?? {})) {
      if (field !== "invocations") this.#unknown(field);
    }
    return { differences: this.#differences, compared: this.#compared };
  }

  #perform(step: PlanStep): void {
    switch (step.kind) {
      case "problem":
        this.#unknown(step.message);
        return;
      case "fill":
        for (const page of step.pages) this.#fill(page, step.word);
        return;
      case "disable loading":
        this.#operate({
          head: "sysctl",
          args: { name: "kernel.kexec_load_disabled", value: "1" },
          clauses: [],
        });
        return;
      case "load":
        return this.#load(step.load);
      case "jump":
        return this.#jump(step.how, step.cpu);
      case "came back":
        return this.#cameBack(step.seen);
      case "operation": {
        const found = stepOf(step.op, true);
        if (found.kind === "operation") this.#operate(found.operation);
        else this.#unknown(`story.${String(step.op.op)}`);
        return;
      }
      case "words":
        return this.#compareWords(step.seen);
    }
  }

  #load(load: JsonObject): void {
    const ret = this.#operate(loadClause(load, this.#words));
    this.#meet("loads");
    const loaded = (slot: Slot) => imageIn(this.#machine, slot) === undefined ? 0 : 1;
    this.#expect("loads", {
      ret: String(load.ret),
      kexec_loaded: load.kexec_loaded,
      kexec_crash_loaded: load.kexec_crash_loaded,
    }, {
      ret: ret === "0" ? "0" : `-${ret}`,
      kexec_loaded: loaded("default"),
      kexec_crash_loaded: loaded("crash"),
    });
  }

  /** Which processor panics is not told by every story: then it is the one that the payload saw. */
  #jump(how: "exec" | "panic", told: bigint | undefined): void {
    const registers = this.#invocations[this.#started]?.registers as JsonObject | undefined;
    const seen = how === "panic" ? integerOf(registers?.initial_apic_id) : undefined;
    const cpu = told ?? seen ?? 0n;
    const slot: Slot = how === "exec" ? "default" : "crash";
    this.#entry = undefined;
    this.#ret = this.#operate({ head: how, args: { cpu }, clauses: [] }, (event, after) => {
      if (event.kind !== "power-changed" || event.power !== "new-image") return;
      const running = after.processors.findIndex((c) => c.state === "running");
      this.#entry = { world: this.#world, machine: after, slot, cpu: running };
    });
    this.#jumps++;
    const entry: Entry | undefined = this.#entry;
    if (entry !== undefined && this.#runsPayload(entry)) {
      const recorded = this.#invocations[this.#started];
      this.#started++;
      if (recorded !== undefined) {
        const found = compareEntryFields(entry, recorded, this.#counter, this.#unknown);
        this.#differences.push(...found.differences);
        this.#compared += found.compared;
      }
    }
    this.#compareImages(this.#jumps);
  }

  /** Whether the payload's code is at the entry point, and not the bytes that other segments hold. */
  #runsPayload({ machine, cpu }: Entry): boolean {
    const at = machine.processors[cpu]!.rip;
    return at < 1n << 52n && readWord(machine, Number(at)) === this.#words[0];
  }

  #cameBack(seen: JsonObject): void {
    for (const [field, wanted] of Object.entries(seen)) {
      this.#meet(`story.${field}`);
      if (field === "reboot_ret") this.#expect(`story.${field}`, wanted, Number(this.#ret));
      if (field === "errno") {
        this.#expect(`story.${field}`, wanted, this.#ret === "0" ? "" : this.#ret);
      }
      if (field === "kexec_loaded") {
        const loaded = integerAnswer(ask(this.#world, this.#machine, "kexec_loaded"));
        this.#expect(`story.${field}`, wanted, Number(loaded ?? -1n));
      }
    }
  }

  /** Words at an address, or in the first source page of the image, wherever that is here. */
  #compareWords(seen: JsonObject): void {
    for (const field of ["addr", "ret", "w"]) this.#meet(`story.${field}`);
    const recorded = Array.isArray(seen.w) ? seen.w.map((w) => integerOf(w) ?? 0n) : [];
    const at = String(seen.phys_words).startsWith("source")
      ? this.#firstSource()
      : integerOf(seen.addr);
    if (at === undefined || seen.ret !== 0) return;
    if (!this.#taken.has(at) && String(seen.phys_words).startsWith("dest")) {
      this.#taken.add(at);
      this.#put(at, recorded, "what the recorded kernel had there");
    }
    const modelled = recorded.map((_, i) => readWord(this.#machine, Number(at) + 8 * i));
    this.#expect("story.w", recorded.map(hex), modelled.map(hex));
  }

  #firstSource(): bigint | undefined {
    const [first] = listAnswer(
      ask(this.#world, this.#machine, "first source of", { slot: "default" }),
    );
    return first === undefined ? undefined : integerAnswer(first);
  }

  #compareImages(afterJump: number): void {
    for (const dump of this.#recorded.images) {
      const after = /after-jump-(\d+)/.exec(String(dump.kimage));
      if (Number(after?.[1] ?? 0) !== afterJump) continue;
      const found = compareImage(
        this.#world,
        this.#machine,
        this.#withoutGarbage(dump),
        this.#counter,
        this.#unknown,
      );
      this.#differences.push(...found.differences);
      this.#compared += found.compared;
    }
  }

  /**
   * A jump without a word for the next entry point takes the first word of whatever page lies behind
   * the swap page. All that can be compared is that both have an entry point outside the image.
   */
  #withoutGarbage(dump: JsonObject): JsonObject {
    const { start, ...rest } = dump;
    const image = imageIn(this.#machine, dump.which === "kexec_crash_image" ? "crash" : "default");
    const wanted = integerOf(start);
    const inside = (address: bigint) =>
      image?.segments.some((s) =>
        address >= BigInt(s.dest) && address < BigInt(s.dest + s.destSize)
      ) ?? false;
    if (wanted === undefined || image === undefined || this.#jumps === 0 || inside(wanted)) {
      return dump;
    }
    this.#meet("images.start");
    if (inside(image.entryPoint)) {
      this.#differences.push({
        field: "images.start",
        recorded: show(start),
        modelled: hex(image.entryPoint),
      });
    }
    return rest;
  }

  #fill(page: bigint, word: bigint): void {
    const frame = Math.floor(Number(page) / PAGE_SIZE);
    const owner = { kind: "kernel" as const, label: "pages of a program" };
    this.#machine = apply(this.#machine, {
      kind: "frames-claimed",
      frames: [frame, frame + 1],
      owner,
    });
    this.#put(page, Array.from({ length: PAGE_SIZE / 8 }, () => word), "a word, repeated");
  }

  #put(at: bigint, words: readonly bigint[], what: string): void {
    const bytes = new Uint8Array(new BigUint64Array(words).buffer);
    this.#machine = apply(this.#machine, {
      kind: "bytes-stored",
      cpu: 0,
      at: Number(at),
      bytes,
      what,
    });
  }

  #operate(operation: Clause, observe?: (event: Event, after: Machine) => void): string {
    const decision = this.#world.decide(this.#machine, operation, CONTEXT);
    const { machine, result } = settle(this.#machine, decision, observe);
    this.#machine = machine;
    return result.ret;
  }

  #meet(field: string): void {
    if (this.#counter.meet(field) === undefined) this.#unknown(field);
  }

  #expect(field: string, recorded: JsonValue | undefined, modelled: JsonValue | undefined): void {
    this.#compared++;
    if (show(recorded) === show(modelled)) return;
    this.#differences.push({
      operation: 0,
      field,
      recorded: show(recorded),
      modelled: show(modelled),
    });
  }
}

/** The words of the payload before it ran, as the story shows them. */
function payloadWords(op: JsonObject): PayloadWords {
  const story = Array.isArray(op.story) ? op.story as readonly JsonValue[] : [];
  for (const s of story) {
    if (typeof s !== "object" || s === null || Array.isArray(s)) continue;
    const seen = s as JsonObject;
    if (!String(seen.phys_words).startsWith("source") || !Array.isArray(seen.w)) continue;
    const words = seen.w.map((w) => integerOf(w) ?? 0n);
    // The counter is the model's own business.
    words[2] = 0n;
    return words;
  }
  return USUAL_WORDS;
}

/** The segment at whose address the image starts holds the payload, the others the letter T. */
function loadClause(load: JsonObject, words: PayloadWords): Clause {
  const entry = integerOf(load.entry) ?? 0n;
  const number = (head: string, value: bigint): Clause => ({ head, args: { value }, clauses: [] });
  const clauses: Clause[] = [number("entry", entry), number("flags", integerOf(load.flags) ?? 0n)];
  for (const segment of isObjects(load.segments) ? load.segments : []) {
    const [bufsz, mem, memsz] = ["bufsz", "mem", "memsz"].map((field) =>
      integerOf(segment[field]) ?? 0n
    );
    const holds = bufsz! > NO_PAYLOAD && entry >= mem! && entry < mem! + bufsz! &&
      entry - mem! < READABLE;
    const args: Record<string, ArgValue> = {
      bufsz: bufsz!,
      mem: mem!,
      memsz: memsz!,
      readable: READABLE,
      // The recorder hands over a buffer that cannot be read where it wants EFAULT, and does not say so.
      ...(load.ret === "-EFAULT"
        ? { buf: "unmapped" }
        : holds
        ? { hex: "00".repeat(Number(entry - mem!)) + words.map(littleEndian).join("") }
        : { fill: BigInt("T".charCodeAt(0)) }),
    };
    clauses.push({ head: "segment", args, clauses: [] });
  }
  return { head: "kexec_load", args: { as: "root" }, clauses };
}

function littleEndian(word: bigint): string {
  return word.toString(16).padStart(16, "0").match(/../g)!.reverse().join("");
}

function hex(value: bigint): string {
  return `0x${value.toString(16)}`;
}
