/**
 * `apply` folds an event into a machine. It is the only maker of machines, knows no world, and is
 * pure: the same event on the same machine gives the same machine, which is what lets a timeline
 * keep events and rebuild states.
 */
import { PAGE_SIZE, type Range, subtract } from "../memory/mod.ts";
import type { Content } from "./content.ts";
import { type Cpu, resetCpus } from "./cpu.ts";
import type { Event, FrameList } from "./event.ts";
import { type Machine, NO_MACHINE, readMemory, type System, usableFrames } from "./machine.ts";
import { moveFrames } from "./move_frames.ts";
import { withFrames } from "./p2m.ts";
import { codeKey } from "./program.ts";

export function apply(machine: Machine, event: Event): Machine {
  const steps = machine.steps + 1;
  switch (event.kind) {
    case "machine-powered":
      return { ...powered(event, steps), programs: machine.programs, dumps: machine.dumps };
    case "system-booted":
      return {
        ...machine,
        steps,
        power: "running",
        system: systemOf(event),
      };
    case "frames-claimed":
    case "frames-reassigned":
      return {
        ...machine,
        steps,
        free: machine.free.assign(event.frames, undefined),
        owners: machine.owners.assign(event.frames, event.owner),
      };
    case "frames-allocated":
      return {
        ...machine,
        steps,
        free: machine.free.assign(event.frames, undefined),
        owners: machine.owners.assign(event.frames, event.owner),
        allocatorCursor: event.cursor,
      };
    case "frames-freed":
      return {
        ...machine,
        steps,
        free: machine.free.assign(event.frames, true),
        owners: machine.owners.assign(event.frames, undefined),
      };
    case "frames-written": {
      const content: Content = { recipe: event.recipe, what: event.what, writer: steps };
      return {
        ...machine,
        steps,
        contents: machine.contents.assign(event.frames, content, (i) => event.shifts[i]!),
      };
    }
    case "bytes-written":
    case "bytes-stored":
      return {
        ...machine,
        steps,
        contents: withBytes(machine, event.at, event.bytes, event.what, steps),
      };
    case "frames-copied":
    case "frames-swapped": {
      const how = event.kind === "frames-copied" ? "copy" : "swap";
      return { ...machine, steps, contents: moveFrames(machine.contents, event.moves, how) };
    }
    case "cpu-changed":
      return {
        ...machine,
        steps,
        processors: withChanges(machine.processors, event.cpus, event.changes),
      };
    case "p2m-changed":
      return { ...machine, steps, p2m: withFrames(machine.p2m, event.pfns, event.mfns) };
    case "faulted":
      return { ...machine, steps, fault: event.fault };
    case "program-known": {
      const programs = new Map(machine.programs).set(codeKey(event.program.code), event.program);
      return { ...machine, steps, programs };
    }
    case "memory-dumped": {
      const { name, ranges } = event;
      return {
        ...machine,
        steps,
        dumps: new Map(machine.dumps).set(name, { name, ranges, machine }),
      };
    }
    case "system-resumed": {
      const asleep = machine.dumps.get(event.dump)?.machine ?? machine;
      const { contents, processors, power, dumps } = machine;
      return { ...asleep, contents, processors, power, dumps, fault: undefined, steps };
    }
    case "image-begun":
      return {
        ...machine,
        steps,
        images: new Map(machine.images).set(event.image.id, event.image),
        nextImage: Math.max(machine.nextImage, event.image.id + 1),
      };
    case "image-changed": {
      const image = machine.images.get(event.id);
      if (image === undefined) return { ...machine, steps };
      const images = new Map(machine.images).set(event.id, { ...image, ...event.changes });
      return { ...machine, steps, images };
    }
    case "image-released": {
      const images = new Map(machine.images);
      images.delete(event.id);
      return { ...machine, steps, images };
    }
    case "slot-set":
      return {
        ...machine,
        steps,
        slots: { ...machine.slots, [event.slot]: event.image },
        ...(event.settings === undefined
          ? {}
          : { settings: new Map([...machine.settings, ...event.settings]) }),
      };
    case "reservation-set": {
      const reservations = new Map(machine.reservations);
      if (event.range === undefined) reservations.delete(event.name);
      else reservations.set(event.name, event.range);
      return { ...machine, steps, reservations };
    }
    case "setting-set":
      return {
        ...machine,
        steps,
        settings: new Map(machine.settings).set(event.name, event.value),
      };
    case "record-set": {
      const records = new Map(machine.records);
      if (event.value === undefined) records.delete(event.name);
      else records.set(event.name, event.value);
      return { ...machine, steps, records };
    }
    case "log-printed":
      return { ...machine, steps, log: { text: event.text, before: machine.log } };
    case "lock-taken":
      return { ...machine, steps, locks: new Set(machine.locks).add(event.lock) };
    case "lock-released": {
      const locks = new Set(machine.locks);
      locks.delete(event.lock);
      return { ...machine, steps, locks };
    }
    case "protection-set":
      return { ...machine, steps, writeProtected: protectedAfter(machine, event) };
    case "power-changed":
      return { ...machine, steps, power: event.power };
    case "state-restored":
      return { ...event.machine, steps };
    case "allocation-failed":
    case "operation-began":
    case "operation-ended":
    case "check-passed":
    case "refused":
    case "hazard-found":
    case "milestone-reached":
      return { ...machine, steps };
  }
}

function systemOf(event: Extract<Event, { kind: "system-booted" }>): System {
  const { kind: _, ...system } = event;
  return system;
}

function powered(event: Extract<Event, { kind: "machine-powered" }>, steps: number): Machine {
  const ram = usableFrames(event.firmware);
  return {
    ...NO_MACHINE,
    name: event.name,
    arch: event.arch,
    cpus: event.cpus,
    processors: resetCpus(event.cpus),
    firmware: event.firmware,
    resources: event.resources,
    policy: event.policy,
    ram,
    free: NO_MACHINE.free.assign(flatten(ram), true),
    power: "on",
    steps,
  };
}

/** Processors that were alike stay one object, since a machine may have thousands. */
function withChanges(
  processors: readonly Cpu[],
  cpus: FrameList,
  changes: Partial<Cpu>,
): readonly Cpu[] {
  const changed = [...processors];
  const made = new Map<Cpu, Cpu>();
  for (let i = 0; i < cpus.length; i += 2) {
    for (let cpu = cpus[i]!; cpu < Math.min(cpus[i + 1]!, changed.length); cpu++) {
      const old = changed[cpu]!;
      const known = made.get(old) ?? { ...old, ...changes };
      made.set(old, known);
      changed[cpu] = known;
    }
  }
  return changed;
}

/** Pages that are only partly written keep the rest of their bytes, so they become literal. */
function withBytes(
  machine: Machine,
  at: number,
  bytes: Uint8Array,
  what: string,
  writer: number,
): Machine["contents"] {
  if (bytes.length === 0) return machine.contents;
  const first = Math.floor(at / PAGE_SIZE);
  const end = Math.ceil((at + bytes.length) / PAGE_SIZE);
  let whole = bytes;
  if (at % PAGE_SIZE !== 0 || (at + bytes.length) % PAGE_SIZE !== 0) {
    whole = readMemory(machine, first * PAGE_SIZE, (end - first) * PAGE_SIZE);
    whole.set(bytes, at - first * PAGE_SIZE);
  }
  const content: Content = { recipe: { kind: "literal", bytes: whole }, what, writer };
  return machine.contents.set(first, end, content, first);
}

function protectedAfter(
  machine: Machine,
  event: Extract<Event, { kind: "protection-set" }>,
): readonly Range[] {
  const kept = machine.writeProtected.flatMap((r) => subtract(r, event.ranges));
  return event.writable ? kept : [...kept, ...event.ranges].sort((a, b) => a.start - b.start);
}

export function flatten(ranges: readonly Range[]): FrameList {
  return ranges.flatMap((r) => [r.start, r.end]);
}
