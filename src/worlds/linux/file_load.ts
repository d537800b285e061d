/**
 * `kexec_file_load`: the kernel reads the files itself, decides where everything goes, and then
 * builds the image as kexec_load does. In order: rights, flags, the lock, unloading; for a crash
 * image the loaded one is given up; the kernel is read and probed, its signature looked at, the
 * initrd read, the command line copied, and all of it placed. [linux:SYSCALL kexec_file_load]
 * [linux:kimage_file_prepare_segments]
 */
import type { Decision, Refusal } from "../../machine/mod.ts";
import { buildImage, type ImageRequest } from "./build_image.ts";
import { probe } from "./bzimage.ts";
import {
  FILE_DEBUG,
  FILE_FORCE_DTB,
  FILE_NO_CMA,
  FILE_NO_INITRAMFS,
  FILE_ON_CRASH,
  FILE_UNLOAD,
  type FileLoadCall,
} from "./file_arguments.ts";
import { badSignature, cannotRead, checkCmdline, checkInitrd, notAKernel } from "./file_checks.ts";
import { placeFiles, placePurgatory } from "./file_place.ts";
import { hasCpu, KEXEC_LOCK } from "./kernel.ts";
import { takeLock } from "./lock.ts";
import { knowStages } from "../../purgatory/mod.ts";
import { hex } from "../../routine/mod.ts";
import { checkBuilt, checkPermission } from "./permission.ts";
import { emptySlot, openSlot, tellLostImage } from "./slots.ts";
import { type Check, check, emit, refuse, type Run } from "./steps.ts";

const CITE = "linux:SYSCALL kexec_file_load";
export function* kexecFileLoad(run: Run, call: FileLoadCall): Decision<string> {
  const early = (yield* checkBuilt(run, "KEXEC_FILE", CITE)) ??
    (yield* checkPermission(run, call.slot, call.asRoot, "kexec_file_load")) ??
    (yield* checkFlags(run, call)) ??
    (yield* takeLock(run));
  if (early !== undefined) return yield* refuse(run, early);
  const ret = yield* loadLocked(run, call);
  yield* emit(run, { kind: "lock-released", lock: KEXEC_LOCK });
  return ret;
}

function* loadLocked(run: Run, call: FileLoadCall): Decision<string> {
  yield* openSlot(run, call.slot);
  if ((call.flags & FILE_UNLOAD) !== 0n) {
    yield* emptySlot(run, call.slot);
    return "0";
  }
  const replaced = call.slot === "crash" ? run.machine.slots.crash : undefined;
  const old = replaced === undefined ? undefined : run.machine.images.get(replaced);
  if (call.slot === "crash") yield* emptySlot(run, "crash");
  const request = yield* prepareSegments(run, call);
  const refusal = "errno" in request
    ? request
    : yield* buildImage(run, old === undefined ? request : { ...request, replaced: old });
  if (refusal === undefined) return "0";
  if (old !== undefined) yield* tellLostImage(run);
  return yield* refuse(run, refusal);
}

/** All 64 bits count, those of an architecture too. */
function* checkFlags(run: Run, call: FileLoadCall): Decision<Check> {
  const { features } = run;
  let known = FILE_UNLOAD | FILE_ON_CRASH | FILE_NO_INITRAMFS;
  if (features.fileFlagDebug) known |= FILE_DEBUG;
  if (features.fileFlagNoCma) known |= FILE_NO_CMA;
  if (features.fileFlagForceDtb) known |= FILE_FORCE_DTB;
  const unknown = call.flags & ~known;
  return yield* check(
    run,
    "unknown-file-flags",
    CITE,
    unknown === 0n ? undefined : {
      rule: "unknown-file-flags",
      errno: "EINVAL",
      nature: "arguments",
      message: `flags ${
        hex(unknown)
      } are unknown to kexec_file_load of Linux ${features.version.text}`,
      remedy: `Leave ${hex(unknown)} out`,
      cite: CITE,
    },
  );
}

/** Reads, checks and places; a request for an image, or why there is none. */
function* prepareSegments(run: Run, call: FileLoadCall): Decision<ImageRequest | Refusal> {
  const common = {
    name: call.name,
    slot: call.slot,
    preserveContext: false,
    fileMode: true,
    hotplugSupport: run.features.flagHotplugSupport && call.slot === "crash",
  };
  if (call.placed !== undefined) {
    const { segments, entryPoint } = call.placed;
    // A script that names its purgatory has told where it is and what is in it.
    if (call.laid !== undefined || segments.some((s) => s.name === "purgatory")) {
      return { ...common, ...call.placed, ...(call.laid === undefined ? {} : { laid: call.laid }) };
    }
    const placed = yield* placePurgatory(run, call, segments, entryPoint);
    if ("errno" in placed) return placed;
    yield* knowStages(run, placed.laid);
    return { ...common, ...placed };
  }
  const unread = yield* check(
    run,
    "kernel-unreadable",
    "linux:kernel_read_file",
    cannotRead("kernel", call.kernel),
  );
  if (unread !== undefined || call.kernel.kind !== "file") {
    return unread ?? cannotRead("kernel", call.kernel)!;
  }
  const kernel = call.kernel.file;
  const header = probe(kernel, hasCpu(run.machine.settings, "la57"));
  const probed = yield* check(
    run,
    "not-a-kernel",
    "linux:bzImage64_probe",
    typeof header === "string" ? notAKernel(kernel, header) : undefined,
  );
  if (probed !== undefined || typeof header === "string") {
    return probed ?? notAKernel(kernel, String(header));
  }
  const refusal =
    (yield* check(run, "kernel-signature", "linux:kimage_validate_signature", badSignature(run))) ??
      (yield* checkInitrd(run, call)) ??
      (yield* checkCmdline(run, call, header));
  if (refusal !== undefined) return refusal;
  const initrd = call.initrd.kind === "file" && (call.flags & FILE_NO_INITRAMFS) === 0n
    ? call.initrd.file
    : undefined;
  const placed = yield* placeFiles(run, call, kernel, header, initrd);
  if ("errno" in placed) return placed;
  yield* knowStages(run, placed.laid);
  return { ...common, ...placed };
}
