/**
 * `kexec_load`: from a raw call to an image in its slot. The order in which things happen is the
 * order here, since the errno and what a failure leaves behind follow from it:
 *
 * 1. rights, then flags, the number of segments, the architecture, and the array itself
 *    (permission.ts, arguments.ts): nothing has changed yet;
 * 2. the lock, which is never waited for;
 * 3. for a crash image, the loaded one is thrown away: a refusal from here on leaves none;
 * 4. the entry point of a crash image, and the segment list (build_image.ts, check_segments.ts);
 * 5. control pages, identity map, vmcoreinfo page (control_pages.ts, prepare.ts): for a crash image
 *    they are written over whatever the old one had there;
 * 6. the segments, one after the other (sources/, crash_segments.ts);
 * 7. the slot: a default image gives way only now, so both were in memory at once.
 *
 * [linux:do_kexec_load]
 */
import { type Decision, imageIn } from "../../machine/mod.ts";
import { checkCall, copyArray, type LoadCall } from "./arguments.ts";
import { buildImage, type ImageRequest } from "./build_image.ts";
import { describeRegion } from "./check_segments.ts";
import { crashResource, KEXEC_LOCK } from "./kernel.ts";
import { takeLock } from "./lock.ts";
import { hex } from "../../routine/mod.ts";
import { checkBuilt, checkPermission } from "./permission.ts";
import { emptySlot, openSlot, tellLostImage } from "./slots.ts";
import { type Check, check, emit, refuse, type Run } from "./steps.ts";

/** What the caller sees: `0`, an errno name or a number. */
export function* kexecLoad(run: Run, call: LoadCall): Decision<string> {
  const early = (yield* checkBuilt(run, "KEXEC", "linux:SYSCALL kexec_load")) ??
    (yield* checkPermission(run, call.slot, call.asRoot, "kexec_load")) ??
    (yield* checkCall(run, call)) ??
    (run.features.copiesArrayFirst ? yield* copyArray(run, call) : undefined);
  if (early !== undefined) return yield* refuse(run, early);
  const busy = yield* takeLock(run);
  if (busy !== undefined) return yield* refuse(run, busy);
  const ret = yield* loadLocked(run, call);
  yield* emit(run, { kind: "lock-released", lock: KEXEC_LOCK });
  return ret;
}

function* loadLocked(run: Run, call: LoadCall): Decision<string> {
  yield* openSlot(run, call.slot);
  if (call.nrSegments === 0n) {
    yield* emptySlot(run, call.slot);
    return "0";
  }
  const old = call.slot === "crash" ? imageIn(run.machine, "crash") : undefined;
  if (call.slot === "crash") yield* emptySlot(run, "crash");
  const request: ImageRequest = {
    name: call.name,
    slot: call.slot,
    segments: call.segments,
    entryPoint: call.entryPoint,
    preserveContext: (call.flags & 2n) !== 0n,
    fileMode: false,
    hotplugSupport: call.slot === "crash" && (call.flags & 12n) !== 0n,
    ...(call.laid === undefined ? {} : { laid: call.laid }),
    ...(call.preserves === undefined ? {} : { preserves: call.preserves }),
    ...(old === undefined ? {} : { replaced: old }),
  };
  const refusal = (call.slot === "crash" ? yield* checkEntry(run, call.entryPoint) : undefined) ??
    (run.features.copiesArrayFirst ? undefined : yield* copyArray(run, call)) ??
    (yield* buildImage(run, request));
  if (refusal === undefined) return "0";
  if (old !== undefined) yield* tellLostImage(run);
  return yield* refuse(run, refusal);
}

/** Inside the main crash region, both ends included; nothing else. [linux:kimage_alloc_init] */
function* checkEntry(run: Run, entryPoint: bigint): Decision<Check> {
  const region = crashResource(run.machine);
  const inside = entryPoint >= region.start && entryPoint <= region.last;
  return yield* check(
    run,
    "crash-entry-outside",
    "linux:kimage_alloc_init",
    inside ? undefined : {
      rule: "crash-entry-outside",
      errno: "EADDRNOTAVAIL",
      nature: "placement",
      message: `entry point ${hex(entryPoint)} is not inside ${describeRegion(region)}`,
      ...(region.last > region.start
        ? { remedy: `An entry point from ${hex(region.start)} to ${hex(region.last)}` }
        : { remedy: "Boot with `crashkernel=`" }),
      cite: "linux:kimage_alloc_init",
    },
  );
}
