/**
 * Op 1 since Xen 4.4, second walk: what the guest's sources hold now is copied into pages of Xen's, and
 * a list of Xen's own is made. The guest's pages are not needed any more. [xen:kimage_build_ind]
 *
 * Simplified: nobody changes the list between the two walks.
 */
import { type Decision, pfnOfFrame, type Refusal } from "../../../machine/mod.ts";
import { isRam } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import type { Width } from "../abi/mod.ts";
import { lookUpFault } from "../frame_table.ts";
import { xenPanic } from "../hypervisor.ts";
import { type Building, change, imageOf } from "../image/building.ts";
import { addDestination, addSources } from "../image/list.ts";
import { mapPages } from "../image/page_tables.ts";
import { noMemory } from "../image/refusals.ts";
import { releasePool, takeSources } from "../image/source_pages.ts";
import { emit, type Run } from "../steps.ts";
import { guestWords } from "./guest_list.ts";

const CITE = "xen:kimage_build_ind";

/** Consecutive sources with consecutive destinations. */
interface Piece {
  readonly dest: number;
  readonly frame: number;
  count: number;
}

/** The refusal; look at the machine's power too. */
export function* buildList(
  run: Run,
  building: Building,
  start: bigint,
  width: Width,
): Decision<Refusal | undefined> {
  let dest = 0;
  let piece: Piece | undefined;
  for (const { kind, address } of guestWords(run.machine, start, width)) {
    const frame = address / PAGE_SIZE;
    if (kind === "source") {
      if (piece !== undefined && piece.frame + piece.count === frame) piece.count++;
      else {
        const refusal = yield* flush(run, building, piece);
        if (refusal !== undefined || run.ended !== undefined) return refusal;
        piece = { dest: dest / PAGE_SIZE, frame, count: 1 };
      }
      dest += PAGE_SIZE;
      continue;
    }
    const refusal = yield* flush(run, building, piece);
    if (refusal !== undefined || run.ended !== undefined) return refusal;
    piece = undefined;
    if (kind !== "destination") continue;
    dest = address;
    if (!(yield* addDestination(run, building, BigInt(dest)))) {
      return noMemory(building.type, "its list");
    }
  }
  yield* releasePool(run, building);
  return undefined;
}

/** Copies the pages, puts them on the list, and maps where they will go if this Xen does. */
function* flush(
  run: Run,
  building: Building,
  piece: Piece | undefined,
): Decision<Refusal | undefined> {
  if (piece === undefined) return undefined;
  const owned = ownedPages(run, piece);
  for (let done = 0; done < owned;) {
    const dest = piece.dest + done;
    const found = yield* takeSources(run, building, dest, owned - done);
    if (found === undefined) return noMemory(building.type, "source pages");
    const { frame, count } = found;
    const word = building.words;
    yield* emit(run, {
      kind: "frames-copied",
      moves: [piece.frame + done, frame, count],
      what: `from the guest's pages for image ${building.name}`,
    });
    if (!(yield* addSources(run, building, frame, count))) {
      return noMemory(building.type, "its list");
    }
    if (frame === dest) {
      const sourcesInPlace = imageOf(run, building).sourcesInPlace + count;
      yield* change(run, building, { sourcesInPlace });
    }
    building.placed.push({ dest, source: frame, count, word });
    if (run.features.v1MapsDestinations) {
      const maddr = BigInt(dest) * BigInt(PAGE_SIZE);
      const mapped = yield* mapPages(run, building, maddr, maddr, count);
      if (!mapped) return noMemory(building.type, "page tables");
    }
    done += count;
  }
  return owned === piece.count ? undefined : yield* notOwned(run, piece.frame + owned);
}

/** How many of the pages, from the first on, are the caller's. */
function ownedPages(run: Run, { frame, count }: Piece): number {
  const extent = run.machine.p2m.fromMachine.extentAt(frame);
  if (extent === undefined) return 0;
  let owned = Math.min(extent.end - frame, count);
  while (owned < count && pfnOfFrame(run.machine.p2m, frame + owned) !== undefined) owned++;
  return owned;
}

/** Xen looks the frame up in its table: where there is RAM nearby it has an entry, else it faults. */
function* notOwned(run: Run, frame: number): Decision<Refusal | undefined> {
  const text = lookUpFault(run.machine, frame);
  if (text !== undefined) {
    yield* xenPanic(run, { text, cite: CITE });
    return undefined;
  }
  const owner = run.machine.owners.get(frame)?.label ?? "free";
  const who = isRam(run.machine, frame) ? `it is ${owner}` : "there is no RAM";
  return {
    rule: "v1-source-not-owned",
    errno: "EFAULT",
    nature: "arguments",
    message: `source ${hex(frame * PAGE_SIZE)} is no page of the caller: ${who}`,
    remedy: "Machine addresses of the caller's own pages; its own physical addresses are others",
    cite: CITE,
  };
}
