/**
 * Op 4: from bytes of the caller to an image in its slot. In order: the structure, the number of
 * segments, the array; the image with its checks and first pages; the segments; the architecture, the
 * relocation code and the slot. What a failure has written by then stays. [xen:kexec_load]
 */
import type { Decision, Refusal, SegmentSpec } from "../../machine/mod.ts";
import {
  decode,
  KEXEC_SEGMENT_MAX,
  sizeOfStruct,
  XEN_KEXEC_LOAD,
  XEN_KEXEC_SEGMENT,
} from "./abi/mod.ts";
import { bufferAt, copyFromGuest, type Guest } from "./guest.ts";
import { allocateImage, freeImage, loadSegments, loadSlot } from "./image/mod.ts";
import { tellLoadHazards } from "./load_hazards.ts";
import { activeImage, slotOf, type Type } from "./state.ts";
import { check, emit, milestone, refuse, type Run } from "./steps.ts";

const CITE = "xen:kexec_load";

export function* load(run: Run, guest: Guest, arg: bigint): Decision<string> {
  const bytes = copyFromGuest(guest, arg, sizeOfStruct(XEN_KEXEC_LOAD, guest.width));
  const unreadable = yield* check(
    run,
    "argument-unreadable",
    CITE,
    bytes === undefined ? badPointer("xen_kexec_load", CITE) : undefined,
  );
  if (unreadable !== undefined) return yield* refuse(run, unreadable);
  const values = decode(XEN_KEXEC_LOAD, guest.width, bytes!)!;
  const tooMany = yield* check(run, "too-many-segments", CITE, manySegments(values.nr_segments));
  if (tooMany !== undefined) return yield* refuse(run, tooMany);
  const segments = readSegments(guest, values.segments, Number(values.nr_segments));
  const noArray = yield* check(
    run,
    "segments-unreadable",
    CITE,
    segments === undefined ? badPointer("the array of segments", CITE) : undefined,
  );
  if (noArray !== undefined) {
    return yield* refuse(run, { ...noArray, rule: "segments-unreadable" });
  }
  const type = Number(values.type);
  const request = {
    name: guest.names?.image ?? "raw",
    type,
    arch: Number(values.arch),
    segments: segments!,
    entryPoint: values.entry_maddr,
    purgatory: guest.names?.purgatory,
  };
  yield* milestone(run, "kimage_alloc: checks, control code, list", "xen:kimage_alloc");
  const allocated = yield* allocateImage(run, request);
  if (!allocated.ok) {
    yield* milestone(run, "kimage_free: there is nothing yet", "xen:kimage_free");
    return yield* refuse(run, allocated.refusal);
  }
  const { building } = allocated;
  yield* tellLoadHazards(run, building, request.entryPoint);
  yield* milestone(run, "kimage_load_segments: data and mappings", "xen:kimage_load_segments");
  let refusal = yield* loadSegments(run, building);
  if (run.ended !== undefined) return run.ended;
  refusal ??= yield* loadSlot(run, building);
  if (run.ended !== undefined) return run.ended;
  if (refusal === undefined) return "0";
  yield* milestone(run, `kimage_free: ${building.name} failed`, "xen:kimage_free");
  yield* freeImage(run, building.id);
  if (run.ended !== undefined) return run.ended;
  yield* tellCorrupted(run, building.type, building.name);
  return yield* refuse(run, refusal);
}

export function badPointer(what: string, cite: string): Refusal {
  return {
    rule: "argument-unreadable",
    errno: "EFAULT",
    nature: "arguments",
    message: `${what} cannot be read from the caller`,
    remedy: "A pointer to memory of the caller",
    cite,
  };
}

function manySegments(count: bigint): Refusal | undefined {
  if (count < KEXEC_SEGMENT_MAX) return undefined;
  return {
    rule: "too-many-segments",
    errno: "EINVAL",
    nature: "arguments",
    message: `${count} segments: ${KEXEC_SEGMENT_MAX} and more are refused, so ${
      KEXEC_SEGMENT_MAX - 1
    } is the most`,
    remedy: "Join segments that adjoin",
    cite: CITE,
  };
}

/** With no segments nothing is read, whatever the pointer. */
function readSegments(guest: Guest, at: bigint, count: number): SegmentSpec[] | undefined {
  const size = sizeOfStruct(XEN_KEXEC_SEGMENT, guest.width);
  const bytes = copyFromGuest(guest, at, size * count);
  if (bytes === undefined) return undefined;
  return Array.from({ length: count }, (_, i) => {
    const one = decode(XEN_KEXEC_SEGMENT, guest.width, bytes.subarray(i * size))!;
    return {
      name: guest.names?.segments[i] ?? String(i),
      buffer: bufferAt(guest, one.buf),
      bufferSize: one.buf_size,
      dest: one.dest_maddr,
      destSize: one.dest_size,
    };
  });
}

/** What failed has written over an image that is still the one that a crash would run. */
function* tellCorrupted(run: Run, type: Type, name: string): Decision<void> {
  const active = type === 1 ? activeImage(run.machine, type) : undefined;
  if (active === undefined) return;
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "loaded-image-corrupt",
      message:
        `the load of ${name} failed after it had written over ${active.name}, which is still the ${
          slotOf(type)
        } image`,
      key: `loaded-image-corrupt:${active.id}`,
      cite: CITE,
    },
  });
}
