/**
 * Image A loaded, then B: which pages are whose, which of A's change, and when, inside the call that
 * loads B. Where the recorder stopped the model has milestones of the same names.
 */
import { imageIn, logLines, type Machine, settle, type World } from "../machine/mod.ts";
import type { Range } from "../memory/mod.ts";
import {
  isObject,
  isObjects,
  type JsonObject,
  type JsonValue,
  rangeOf,
  type RecordedCase,
  show,
} from "./format.ts";
import type { Difference } from "./report.ts";
import { xenStep } from "./xen_arguments.ts";
import { bootXen, clause } from "./xen_machine.ts";
import { contentText, labelRuns, labelsOf } from "./xen_pages.ts";
import type { XenBench, XenFindings, XenReader } from "./xen_reader.ts";
import {
  afterB,
  type Before,
  changed,
  contents,
  flagsOf,
  imageLike,
  overwritten,
  TOLD,
  truthLike,
  UNKNOWN,
} from "./xen_replacement_views.ts";

const CONTEXT = { allocationFails: () => false };

export class XenReplacementReader implements XenReader {
  wants({ ops }: RecordedCase): boolean {
    return ops.length === 1 && ops[0]!.op === "replace";
  }

  read(recorded: RecordedCase, bench: XenBench): XenFindings {
    const replacement = new Replacement(bench);
    replacement.run(recorded);
    return replacement;
  }
}

interface Done {
  readonly machine: Machine;
  readonly ret: string;
  /** The machine at each milestone, by the name before its colon, in order. */
  readonly stops: readonly { readonly at: string; readonly machine: Machine }[];
}

class Replacement implements XenFindings {
  readonly differences: Difference[] = [];
  compared = 0;
  readonly #bench: XenBench;
  #region: Range = { start: 0, end: 0 };

  constructor(bench: XenBench) {
    this.#bench = bench;
  }

  run({ machine, ops, observed }: RecordedCase): void {
    const range = rangeOf(machine.fields.crash_region) ?? { start: 0n, end: 0n };
    this.#region = { start: Number(range.start), end: Number(range.end) };
    const booted = bootXen(this.#bench.world, machine.fields, {
      cpus: 2,
      clauses: [clause("crash_area", { start: range.start, size: range.end - range.start })],
    });
    if ("problem" in booted) return this.#differ("machine", machine.id, booted.problem);
    const [op] = ops;
    const [seen] = observed;
    if (op === undefined || seen === undefined) return;
    this.#known("", seen, READ_BY_PARTS);
    if (isObjects(op.steps) && op.steps.length > 0) this.#steps(booted.machine, op.steps, seen);
    else this.#replace(booted.machine, op, seen);
  }

  /** Operations one after the other, each with what it gave and which pages it changed. */
  #steps(booted: Machine, steps: readonly JsonObject[], seen: JsonObject): void {
    let before = booted;
    for (const step of steps) {
      this.#known("steps.", step, ["op"]);
      const done = this.#perform(before, step.op);
      if (done === undefined) return;
      this.#expect("steps.result", step.result, resultOf(done.ret));
      if (step.truth !== null) {
        this.#expect("steps.truth", step.truth, truthLike(this.#bench.world, done.machine));
        this.#expect("steps.status", step.status, this.#status(done.machine));
        const pages = changed(before, done.machine, this.#region);
        this.#expect("steps.changed_pages", step.changed_pages, pages);
      }
      before = done.machine;
    }
    if (seen.xen_log !== undefined) this.#log(seen.xen_log, before);
  }

  #replace(booted: Machine, op: JsonObject, seen: JsonObject): void {
    const { world } = this.#bench;
    const zero = this.#nonzero(booted);
    this.#expect("before_load_nonzero_pages", seen.before_load_nonzero_pages, zero);
    const a = this.#perform(booted, op.A);
    if (a === undefined) return;
    const image = imageIn(a.machine, "crash");
    if (image === undefined) return this.#differ("load_A", "an image", "none");
    const before: Before = {
      world,
      region: this.#region,
      machine: a.machine,
      image,
      labels: labelsOf(a.machine, image),
    };
    if (isObject(seen.load_A)) this.#loadA(seen.load_A, a, booted, before);
    const b = this.#perform(a.machine, op.B);
    if (b === undefined) return;
    if (isObjects(seen.stops_during_B)) {
      this.#stops(seen.stops_during_B, b, before, typeof seen.forced_crash_at === "string");
    }
    if (isObject(seen.load_B)) this.#loadB(seen.load_B, b, before);
    if (typeof seen.forced_crash_at === "string") this.#forced(seen, b, before);
  }

  #loadA(wanted: JsonObject, a: Done, booted: Machine, before: Before): void {
    const { world, region, machine, image, labels } = before;
    const inRegion = [...labels];
    const pages = changed(booted, machine, region);
    const values: JsonObject = {
      result: resultOf(a.ret),
      status: this.#status(machine),
      truth: truthLike(world, machine),
      image: imageLike(world, machine, image),
      pages: labelRuns(inRegion),
      changed_pages: pages,
      changed_but_unlabelled: [],
    };
    this.#fields("load_A", wanted, values);
  }

  /** Each stop of the recorder, at the next milestone of that name. */
  #stops(wanted: readonly JsonObject[], b: Done, before: Before, cut: boolean): void {
    const names = cut ? b.stops.slice(0, wanted.length) : b.stops;
    this.#expect("stops.at", wanted.map((s) => s.at ?? null), names.map((s) => s.at));
    let previous = before.machine;
    for (const [i, stop] of wanted.entries()) {
      const machine = b.stops[i]?.machine;
      if (machine === undefined) return;
      const flags = flagsOf(before, machine);
      const current = imageIn(machine, "crash");
      const values: JsonObject = {
        at: b.stops[i]!.at,
        kexec_flags: Number(flags),
        current_crash_slot: Number((flags >> 5n) & 1n),
        crash_loaded: current === undefined ? 0 : 1,
        current_is: current?.id === before.image.id ? "A" : "B/none",
        kexec_image: [0, 1, 2, 3].map((slot) =>
          machine.settings.get(`kexec_image[${slot}]`) === 0n ? "0x0" : "an image"
        ),
        pages_changed_since_A: changed(before.machine, machine, this.#region),
        pages_changed_since_prev_stop: changed(previous, machine, this.#region),
        A_pages_overwritten: overwritten(before, machine),
        contents_now: contents(before, machine, undefined),
      };
      this.#fields("stops", stop, values);
      previous = machine;
    }
  }

  #loadB(wanted: JsonObject, b: Done, before: Before): void {
    const values: JsonObject = {
      ...afterB(before, b.machine),
      result: resultOf(b.ret),
      status: this.#status(b.machine),
    };
    this.#fields("load_B", wanted, values);
  }

  /** A crash at the last stop: the machine runs an image, or an exception ends it. */
  #forced(wanted: JsonObject, b: Done, before: Before): void {
    const stop = b.stops.findLast((s) => s.at === wanted.forced_crash_at);
    if (stop === undefined) return this.#differ("forced_crash_at", "a stop", "none");
    const panic = clause("panic", { who: "xen" });
    const { machine } = settle(
      stop.machine,
      before.world.decide(stop.machine, panic, CONTEXT),
    );
    const ran = machine.fault === undefined && machine.power === "new-image";
    const entry = imageIn(stop.machine, "crash")?.entryPoint;
    const cpu = machine.processors.find((p) => p.rip === entry);
    const start = (entry ?? 0n).toString(16).padStart(16, "0").toUpperCase();
    this.#expect("payload_ran", wanted.payload_ran, ran);
    this.#expect("START", wanted.START, ran && cpu !== undefined ? start : null);
    this.#expect("qemu_exited", wanted.qemu_exited, !ran);
    if (Array.isArray(wanted.log)) this.#log(wanted.log, machine);
  }

  /** Lines without addresses of the build, and without what a payload printed. */
  #log(wanted: JsonValue, machine: Machine): void {
    const lines = (Array.isArray(wanted) ? wanted : []).map(String)
      .filter((line) => line.startsWith("(XEN) ") && TOLD.test(line.slice("(XEN) ".length)));
    const told = logLines(machine).filter((line) => TOLD.test(line)).map((l) => `(XEN) ${l}`);
    this.#expect("log", lines, told.filter((line) => lines.includes(line)));
  }

  /** Every field must have a rule, also one that nothing is compared with. */
  #known(where: string, seen: JsonObject, besides: readonly string[]): void {
    for (const field of Object.keys(seen)) {
      if (besides.includes(field)) continue;
      const name = `replacement.${where}${field}`;
      const rule = this.#bench.counter.meet(name);
      if (rule === undefined) this.#bench.unknown(name);
    }
  }

  #fields(where: string, wanted: JsonObject, values: JsonObject): void {
    for (const [field, recorded] of Object.entries(wanted)) {
      const name = `replacement.${where}.${field}`;
      const rule = this.#bench.counter.meet(name);
      if (rule === undefined) {
        this.#bench.unknown(name);
        continue;
      }
      if (rule.how === "not compared") continue;
      this.compared++;
      const modelled = values[field];
      const [left, right] = comparable(field, recorded, modelled);
      if (show(left) !== show(right)) {
        this.differences.push({
          operation: 0,
          field: name,
          recorded: show(left),
          modelled: show(right),
        });
      }
    }
  }

  /** What was not recorded says nothing. */
  #expect(field: string, recorded: JsonValue | undefined, modelled: JsonValue): void {
    if (recorded === undefined) return;
    this.compared++;
    if (show(recorded) !== show(modelled)) {
      this.#differ(field, show(recorded), show(modelled));
    }
  }

  #differ(field: string, recorded: string, modelled: string): void {
    this.differences.push({ operation: 0, field: `replacement.${field}`, recorded, modelled });
  }

  #perform(machine: Machine, op: JsonValue | undefined): Done | undefined {
    const step = isObject(op) ? xenStep(op) : { problem: "there is no operation" };
    if ("problem" in step) return void this.#differ("op", show(op), step.problem);
    const stops: { at: string; machine: Machine }[] = [];
    const decision = this.#bench.world.decide(machine, step.operation, CONTEXT);
    const { machine: after, result } = settle(machine, decision, (event, now) => {
      if (event.kind !== "milestone-reached") return;
      const at = event.text.split(":")[0]!;
      if (STOPS.has(at)) stops.push({ at, machine: now });
    });
    return { machine: after, ret: result.ret, stops };
  }

  #status(machine: Machine): JsonValue {
    const one = (slot: string) =>
      Number(settle(machine, ask(this.#bench.world, machine, slot)).result.ret);
    return { default: one("default"), crash: one("crash") };
  }

  #nonzero(machine: Machine): JsonValue {
    const found: string[] = [];
    for (
      const extent of machine.contents.within(this.#region.start / 4096, this.#region.end / 4096)
    ) {
      if (contentText(machine, extent.start) !== "zero") found.push(String(extent.start));
    }
    return found;
  }
}

function ask(world: World, machine: Machine, slot: string) {
  return world.decide(machine, clause("status", { slot }), CONTEXT);
}

/** Fields whose own fields have the rules. */
const READ_BY_PARTS = ["load_A", "load_B", "stops_during_B"];

const STOPS = new Set([
  "kimage_alloc",
  "kimage_load_segments",
  "machine_kexec_load",
  "machine_kexec_unload",
  "kimage_free",
]);

function resultOf(ret: string): string {
  return ret === "0" ? "OK" : ret;
}

/** The recorder told so many pages at most. */
const MOST_ROWS = new Set([40, 60]);

/** Both sides without what a recording cannot have in common with a model. */
function comparable(
  field: string,
  recorded: JsonValue | undefined,
  modelled: JsonValue | undefined,
): [JsonValue | undefined, JsonValue | undefined] {
  switch (field) {
    case "image":
    case "image_struct_now":
      return [withoutBuffers(recorded), sameOrder(withoutBuffers(recorded), modelled)];
    case "kexec_image":
      return [
        Array.isArray(recorded) ? recorded.map((p) => p === "0x0" ? p : "an image") : recorded,
        modelled,
      ];
    case "contents_now":
    case "all_segment_page_contents": {
      const rows = Array.isArray(recorded) ? recorded : [];
      const own = Array.isArray(modelled) ? modelled : [];
      const cut = MOST_ROWS.has(rows.length) ? own.slice(0, rows.length) : own;
      return [rows.map((row, i) => knownRow(row, cut[i])), cut];
    }
    case "A_control_code_page_now":
      return [knownText(recorded, modelled), modelled];
    case "truth":
      return [recorded, isObject(recorded) ? modelled : null];
    case "xen_log":
      return [
        (Array.isArray(recorded) ? recorded : []).filter((l) => TOLD.test(String(l).slice(6))),
        modelled,
      ];
    default:
      return [recorded, modelled];
  }
}

/** A row of a page whose bytes the model cannot have tells only that they are no zeros. */
function knownRow(row: JsonValue, modelled: JsonValue | undefined): JsonValue {
  if (!Array.isArray(row) || !Array.isArray(modelled)) return row;
  return [...row.slice(0, -1), knownText(row.at(-1), modelled.at(-1)) ?? null];
}

function knownText(
  text: JsonValue | undefined,
  modelled: JsonValue | undefined,
): JsonValue | undefined {
  return modelled === UNKNOWN && / nonzero qwords, /.test(String(text)) ? UNKNOWN : text;
}

function withoutBuffers(image: JsonValue | undefined): JsonValue | undefined {
  if (!isObject(image) || !isObjects(image.segments)) return image;
  return { ...image, segments: image.segments.map(({ buf: _, ...rest }) => rest as JsonObject) };
}

function sameOrder(as: JsonValue | undefined, value: JsonValue | undefined): JsonValue | undefined {
  if (!isObject(as) || !isObject(value)) return value;
  return Object.fromEntries(Object.keys(as).map((key) => [key, value[key] ?? null]));
}
