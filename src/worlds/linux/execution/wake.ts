/**
 * A kernel that was left for an image, written to a disk with the rest of its memory, and put back by
 * another kernel, wakes up where it is jumped back to: inside its own relocation code. Nothing tells
 * it that it was asleep. [linux:relocate_kernel]
 *
 * What its bytes mean (its images, owners, settings) kx knows from the dump that they come from; the
 * bytes themselves are those that are in memory now.
 */
import {
  type Cpu,
  type Decision,
  type Dump,
  type Image,
  type Machine,
} from "../../../machine/mod.ts";
import { bytesOfFrames, PAGE_SIZE, type Range, sizeOf, subtract } from "../../../memory/mod.ts";
import type { Arrival } from "../../../execution/mod.ts";
import { span } from "../../../routine/mod.ts";
import { kernelFeatures } from "../kernel.ts";
import { emit, type Run, startRun } from "../steps.ts";
import { jumpBack } from "./jump_back.ts";
import { executionRules } from "./rules.ts";

/** A kernel in a dump, and the image that it was left for. */
export interface Sleeper {
  readonly dump: Dump;
  readonly image: Image;
  readonly departed: Cpu;
}

/** Whose jump-back entry the processor is at; undefined: nobody's. */
export function sleeperAt(machine: Machine, { space, cpu }: Arrival): Sleeper | undefined {
  const at = space.translateWide(machine.processors[cpu]!.rip, "execute");
  if (typeof at !== "number") return undefined;
  const frame = Math.floor(at / PAGE_SIZE);
  const dump = dumpOf(machine, frame);
  if (dump === undefined) return undefined;
  const { version } = kernelFeatures(dump.machine);
  if (at % PAGE_SIZE !== executionRules(version).jumpBackOffset) return undefined;
  const image = [...dump.machine.images.values()]
    .find((i) => i.preserveContext && i.controlCodeFrame === frame);
  const departed = dump.machine.processors.find((c) => c.departed !== undefined)?.departed;
  return image === undefined || departed === undefined ? undefined : { dump, image, departed };
}

/** The dump that a frame was filled from, if it is where it was. */
function dumpOf(machine: Machine, frame: number): Dump | undefined {
  const extent = machine.contents.extentAt(frame);
  const recipe = extent?.value.recipe;
  const source = recipe?.kind === "padded" ? recipe.source : recipe;
  if (extent === undefined || source?.kind !== "memory") return undefined;
  const dump = machine.dumps.get(source.dump);
  const isInPlace = source.start === extent.shift * PAGE_SIZE;
  return isInPlace && dump?.machine.contents === source.contents() ? dump : undefined;
}

/** From its relocation code on; whether it got as far as its own C code. */
export function* wakeUp(run: Run, arrival: Arrival, sleeper: Sleeper): Decision<boolean> {
  const { dump, image, departed } = sleeper;
  yield* emit(run, { kind: "system-resumed", dump: dump.name });
  yield* tellLost(run, sleeper);
  const woken = startRun(run.machine, run.context, kernelFeatures(dump.machine));
  const back = yield* jumpBack(
    woken,
    { ...arrival, image, departed },
    // Whoever jumps here is a kernel that left its own tables behind, or code without any.
    { value: 0n, leaving: undefined, loadedGdt: false, jumped: true },
    { semantics: "mainline", replacedTables: true },
  );
  run.machine = woken.machine;
  if (woken.note !== undefined) run.note = woken.note;
  if (back !== "returned") return false;
  yield* emit(run, {
    kind: "image-changed",
    id: image.id,
    changes: { jumps: (image.jumps ?? 0) + 1 },
  });
  run.note = `the kernel in dump ${dump.name} woke up: its own reboot(2) gave 0`;
  return true;
}

/** Memory that the sleeper used and nobody put back. The window is: its bytes wait in source pages. */
function* tellLost(run: Run, { dump, image }: Sleeper): Decision<void> {
  const kept = [
    ...dump.ranges,
    ...image.segments.map((s) => ({ start: s.dest, end: s.dest + s.destSize })),
  ];
  const lost: { range: Range; label: string }[] = [];
  for (const { start, end, value } of dump.machine.owners.from()) {
    if (value.kind === "reserved" || value.kind === "crash-region") continue;
    for (const range of subtract(bytesOfFrames({ start, end }), kept)) {
      lost.push({ range, label: value.label });
    }
  }
  const [first] = lost;
  if (first === undefined) return;
  const bytes = lost.reduce((sum, { range }) => sum + sizeOf(range), 0);
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "resumed-memory-lost",
      message: `dump ${dump.name} leaves out ${
        bytes / PAGE_SIZE
      } pages that its kernel uses, first ${
        span(first.range.start, first.range.end)
      } (${first.label}): whatever lies there now is taken for it`,
      key: `resumed-memory-lost:${dump.name}`,
      cite: "linux:relocate_kernel",
    },
  });
}
