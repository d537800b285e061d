/** Small machines that run Linux, and sentences for them, without the language around. */
import {
  type AllocationPolicy,
  apply,
  type ArgValue,
  type Clause,
  type Context,
  type Event,
  imageIn,
  type Machine,
  NO_MACHINE,
  settle,
  type Slot,
} from "../src/machine/mod.ts";
import { linux } from "../src/worlds/linux/mod.ts";

export const MIB = 2 ** 20;
export const GIB = 2 ** 30;

export const NEVER_FAILS: Context = { allocationFails: () => false };

export function sentence(
  head: string,
  args: Readonly<Record<string, ArgValue>> = {},
  ...clauses: readonly Clause[]
): Clause {
  return { head, args, clauses };
}

/** A machine with RAM below 640 KiB and from 1 MiB to `ram`. */
export function powered(
  ram: number,
  policy: AllocationPolicy["kind"] = "zoned",
  seed = 1n,
): Machine {
  const region = (start: number, end: number) =>
    ({ range: { start, end }, type: "usable", label: "usable" }) as const;
  return apply(NO_MACHINE, {
    kind: "machine-powered",
    name: "lab",
    arch: "x86_64",
    cpus: 1,
    firmware: [region(0, 640 * 1024), region(MIB, ram)],
    resources: [],
    policy: { kind: policy, seed },
  });
}

export function boot(machine: Machine, version: string, ...clauses: readonly Clause[]): Machine {
  return settle(machine, linux.boot(machine, { version, clauses }, NEVER_FAILS)).machine;
}

export const crashRegion = (start: number, end: number) =>
  sentence("crash_region", { range: { start: BigInt(start), end: BigInt(end) } });

export interface Done {
  readonly machine: Machine;
  readonly ret: string;
  readonly events: readonly Event[];
}

export function does(machine: Machine, operation: Clause, context: Context = NEVER_FAILS): Done {
  const events: Event[] = [];
  const run = settle(
    machine,
    linux.decide(machine, operation, context),
    (event) => void events.push(event),
  );
  return { machine: run.machine, ret: run.result.ret, events };
}

export interface SegmentArgs {
  readonly mem: number | bigint;
  readonly memsz: number | bigint;
  readonly bufsz?: number | bigint;
  readonly buf?: string;
  readonly fill?: number;
  readonly readable?: number;
}

export function segment(args: SegmentArgs): Clause {
  const values: Record<string, ArgValue> = {};
  for (const [name, value] of Object.entries(args)) {
    values[name] = typeof value === "string" ? value : BigInt(value);
  }
  return sentence("segment", values);
}

export const DEFAULT = 0x3e0000n;
export const CRASH = 0x3e0001n;

/** `kexec_load` with these flags and segments; the entry point is the first destination. */
export function loading(flags: bigint, segments: readonly SegmentArgs[], entry?: number): Clause {
  const value = BigInt(entry ?? segments[0]?.mem ?? 0);
  return sentence(
    "kexec_load",
    {},
    sentence("flags", { value: flags }),
    sentence("entry", { value }),
    ...segments.map(segment),
  );
}

export function unloading(slot: Slot): Clause {
  return sentence("unload", { slot });
}

/** The rule that refused. */
export function ruleOf(done: Done): string | undefined {
  for (const event of done.events) if (event.kind === "refused") return event.refusal.rule;
  return undefined;
}

export function hazardsOf(done: Done): string[] {
  return done.events.flatMap((e) => e.kind === "hazard-found" ? [e.hazard.code] : []);
}

export function loadedImage(machine: Machine, slot: Slot) {
  const image = imageIn(machine, slot);
  if (image === undefined) throw new Error(`the ${slot} slot is empty`);
  return image;
}

/** All free frames as one text, to compare machines by. */
export function freeFrames(machine: Machine): string {
  return [...machine.free.from()].map((e) => `${e.start}-${e.end}`).join(" ");
}

export function ask(
  machine: Machine,
  phrase: string,
  args: Readonly<Record<string, ArgValue>> = {},
) {
  const query = linux.queries.find((q) =>
    q.pattern.filter((item) => typeof item === "string").join(" ") === phrase
  );
  if (query === undefined) throw new Error(`no query \`${phrase}\``);
  return query.answer(machine, args);
}
