/**
 * Ops 1 and 2 from Xen 4.4 to 4.22: what a guest brings in the old form becomes an image of Xen's
 * own. Its pages are read while it is loaded and not needed later; its tables and its code are never
 * looked at. [xen:kexec_load_v1]
 *
 * 1. the structure; the architecture is that of the caller;
 * 2. segments from the list, without data (derive.ts);
 * 3. an empty image with all checks of op 4, but that data of a crash image lies in the crash area: a
 *    segment without data may lie anywhere;
 * 4. the pages, into the heap, of a crash image too (build_list.ts);
 * 5. since 4.4.3, 4.5.2 and 4.6 all of 0 … 1 MiB is mapped;
 * 6. architecture, relocation code and slot, as in op 4.
 */
import type { Decision, Refusal } from "../../../machine/mod.ts";
import { EM_386, EM_X86_64 } from "../abi/mod.ts";
import type { Guest } from "../guest.ts";
import {
  allocateImage,
  type Building,
  freeImage,
  imageOf,
  loadSlot,
  mapPages,
  terminate,
} from "../image/mod.ts";
import { noMemory } from "../image/refusals.ts";
import { emit, refuse, type Run } from "../steps.ts";
import { unloadType } from "../sub_operations.ts";
import { buildList } from "./build_list.ts";
import { deriveSegments } from "./derive.ts";
import { tellOutside } from "./hazards.ts";
import { argumentOf } from "./stored.ts";

/** Pages of the first MiB. */
const LOW_PAGES = 256;

export function* loadConverted(run: Run, guest: Guest, arg: bigint): Decision<string> {
  const load = yield* argumentOf(run, guest, arg);
  if ("rule" in load) return yield* refuse(run, load);
  const segments = yield* deriveSegments(run, load.indirection_page, guest.width);
  if (segments === undefined) return run.ended ?? "0";
  if ("rule" in segments) return yield* refuse(run, segments);
  const allocated = yield* allocateImage(run, {
    name: guest.names?.image ?? "v1",
    // The parameter that takes it has eight bits.
    type: Number(BigInt.asUintN(8, load.type)),
    arch: Number(guest.width === 32 ? EM_386 : EM_X86_64),
    segments,
    entryPoint: load.start_address,
    purgatory: guest.names?.purgatory,
  });
  if (!allocated.ok) return yield* refuse(run, allocated.refusal);
  const { building } = allocated;
  yield* markFilled(run, building);
  if (building.type === 1) {
    yield* tellOutside(run, imageOf(run, building), segments.map((s) => s.dest));
  }
  const refusal = (yield* fill(run, building, load.indirection_page, guest)) ??
    (run.ended === undefined ? yield* loadSlot(run, building) : undefined);
  if (run.ended !== undefined) return run.ended;
  if (refusal === undefined) return "0";
  yield* freeImage(run, building.id);
  return run.ended ?? (yield* refuse(run, refusal));
}

function* fill(
  run: Run,
  building: Building,
  list: bigint,
  guest: Guest,
): Decision<Refusal | undefined> {
  const refusal = yield* buildList(run, building, list, guest.width);
  if (refusal !== undefined || run.ended !== undefined) return refusal;
  yield* terminate(run, building);
  if (run.ended !== undefined) return undefined;
  if (!run.features.v1MapsDestinations) return yield* tellUnmapped(run, building);
  const mapped = yield* mapPages(run, building, 0n, 0n, LOW_PAGES);
  return mapped ? undefined : noMemory(building.type, "page tables");
}

/** Null handles notwithstanding: data will come to these segments, from the guest's pages. */
function* markFilled(run: Run, building: Building): Decision<void> {
  const segments = imageOf(run, building).segments.map((s) => ({
    ...s,
    mapOnly: false,
    sourceSize: s.destSize,
    buffer: { ...s.buffer, label: "the guest's pages" },
  }));
  yield* emit(run, { kind: "image-changed", id: building.id, changes: { segments } });
}

/** A few releases forgot what the guest's own tables used to cover. */
function* tellUnmapped(run: Run, building: Building): Decision<undefined> {
  if (building.segments.length === 0) return undefined;
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "v1-destinations-unmapped",
      message:
        `Xen ${run.features.version.text} maps neither the destinations of image ${building.name} nor 0 to 1 MiB: copying will fault`,
      key: `v1-destinations-unmapped:${building.id}`,
      cite: "xen:kexec_load_v1",
    },
  });
  return undefined;
}

/** Op 2 reads the type alone, and does what op 5 does. */
export function* unloadConverted(run: Run, guest: Guest, arg: bigint): Decision<string> {
  const load = yield* argumentOf(run, guest, arg);
  if ("rule" in load) return yield* refuse(run, load);
  return yield* unloadType(run, Number(BigInt.asUintN(8, load.type)));
}
