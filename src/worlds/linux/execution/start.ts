/**
 * The whole way of an image that is started: what the kernel does before, the jump, what runs, and
 * where it comes back, the way back and what the kernel does then.
 */
import {
  CODE_BYTES,
  codeKey,
  type Decision,
  type Image,
  type Program,
  readMemory,
  type Refusal,
} from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { decodeList, runImage, tellMismatches } from "../../../execution/mod.ts";
import { emit, milestone, type Run } from "../steps.ts";
import { jumpBack } from "./jump_back.ts";
import { type Arrived, relocate } from "./relocate.ts";
import { JUMP_SEMANTICS, type JumpSemantics } from "./rules.ts";
import { sleeperAt, wakeUp } from "./wake.ts";
import { crashShutdown, prepareReboot } from "./shutdown.ts";
import { EVERYTHING, type Kept, resume, suspend, type SuspendStep } from "./suspend.ts";

export interface StartOptions {
  /** The processor that asks. */
  readonly cpu: number;
  /** In registers; mainline has none. */
  readonly args: readonly bigint[];
  /** In place of the image's own entry point. */
  readonly entry?: bigint;
  /** The caller wrote arguments into the image: it is not what was loaded, and need not be. */
  readonly changed?: boolean;
  /** What fails before an image that may come back is left for. */
  readonly failing?: SuspendStep;
}

/** What came of it: `value` is what the image gave back. */
export type Stay =
  | { readonly kind: "returned"; readonly value: bigint }
  | { readonly kind: "gone" }
  /** It was not started: a step before failed. */
  | { readonly kind: "refused"; readonly refusal: Refusal };

export function semanticsOf(run: Run): JumpSemantics {
  return run.machine.settings.get(JUMP_SEMANTICS) === "proposal_2007"
    ? "proposal_2007"
    : "mainline";
}

/** What is kept for an image that may come back. */
function keptFor(run: Run, { preserves = [] }: Image): Kept {
  if (semanticsOf(run) === "mainline") return EVERYTHING;
  return { devices: preserves.includes("devices"), cpuExt: preserves.includes("cpu_ext") };
}

/** The default image. [linux:kernel_kexec] */
export function* startDefault(run: Run, image: Image, options: StartOptions): Decision<Stay> {
  if (!image.preserveContext) {
    if (options.failing !== undefined) {
      const text = "devices are shut down and not suspended: nothing can fail";
      yield* milestone(run, text, "linux:kernel_restart_prepare");
    }
    const cpu = yield* prepareReboot(run, options.cpu);
    return yield* jump(run, image, { ...options, cpu }, "default");
  }
  const kept = keptFor(run, image);
  const refusal = yield* suspend(run, kept, options.failing);
  if (refusal !== undefined) return { kind: "refused", refusal };
  if (!kept.devices) yield* tellAwake(run, image);
  const stay = yield* jump(run, image, { ...options, cpu: 0 }, "default", kept);
  if (stay.kind === "returned") {
    yield* emit(run, {
      kind: "power-changed",
      power: "running",
      why: `image ${image.name} came back`,
    });
    yield* resume(run, kept);
  }
  return stay;
}

/** What devices do meanwhile nobody controls: the image's memory is the kernel's, swapped. */
function* tellAwake(run: Run, image: Image): Decision<void> {
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "devices-left-running",
      message: `image ${image.name} was loaded without \`devices\`: ` +
        "what devices write while it runs lands in its pages where the kernel's were before",
      key: `devices-left-running:${image.name}`,
      cite: "thread:kexec jump, December 2007",
    },
  });
}

/** The crash image, on the processor that panicked. [linux:__crash_kexec] */
export function* startCrash(run: Run, image: Image, cpu: number): Decision<Stay> {
  yield* crashShutdown(run, cpu);
  return yield* jump(run, image, { cpu, args: [] }, "crash");
}

function* jump(
  run: Run,
  image: Image,
  options: StartOptions,
  slot: string,
  kept: Kept = EVERYTHING,
): Decision<Stay> {
  const semantics = semanticsOf(run);
  const replacesTables = kept.cpuExt;
  yield* emit(run, {
    kind: "power-changed",
    power: "jumping",
    why: "interrupts off: the point of no return",
  });
  const arrival: Arrived = yield* relocate(run, {
    image,
    cpu: options.cpu,
    entry: options.entry ?? image.entryPoint,
    replacesTables,
    args: options.args,
    calling: semantics === "mainline" ? "memory" : "registers",
  });
  if (arrival === "gone") return { kind: "gone" };
  if (image.jumps === undefined && options.changed !== true) yield* tellMismatches(run, image);
  yield* emit(run, {
    kind: "power-changed",
    power: "new-image",
    why: `started ${slot} image ${image.name}`,
  });
  const sleeper = sleeperAt(run.machine, arrival);
  if (sleeper !== undefined) {
    if (!(yield* wakeUp(run, arrival, sleeper))) return { kind: "gone" };
    yield* emit(run, { kind: "power-changed", power: "running", why: "a kernel woke up" });
    yield* resume(run);
    return { kind: "returned", value: 0n };
  }
  const done = yield* runImage(run, arrival);
  if (done === "gone" || done === "returned") return { kind: "gone" };
  const back = yield* jumpBack(run, arrival, done, { semantics, replacedTables: replacesTables });
  if (back !== "returned") return { kind: "gone" };
  yield* emit(run, {
    kind: "image-changed",
    id: image.id,
    changes: { jumps: (image.jumps ?? 0) + 1 },
  });
  return { kind: "returned", value: done.value };
}

/** Physical address at which a byte of a destination waits until the jump; undefined if it is in no list. */
export function waitingAt(run: Run, image: Image, address: bigint): number | undefined {
  if (image.slot === "crash") return Number(address);
  const list = decodeList(run.machine, image.head);
  for (const [i, { dest, firstSource }] of list.destinations.entries()) {
    const last = list.destinations[i + 1]?.firstSource ?? list.sources.length;
    const page = Math.floor((Number(address) - dest) / PAGE_SIZE);
    if (page < 0 || firstSource + page >= last) continue;
    return list.sources[firstSource + page]! * PAGE_SIZE + Number(address) % PAGE_SIZE;
  }
  return undefined;
}

/** The program at the entry point of an image that is loaded and does not run. */
export function loadedProgram(run: Run, image: Image): Program | undefined {
  const at = waitingAt(run, image, image.entryPoint);
  if (at === undefined) return undefined;
  const code = readMemory(run.machine, at, CODE_BYTES);
  return run.machine.programs.get(codeKey(code)) ??
    run.machine.programs.get(codeKey(code.subarray(0, 8)));
}
