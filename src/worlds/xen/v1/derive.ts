/**
 * Op 1 since Xen 4.4, first walk: from the guest's list to segments without data, as an image of
 * op 4 has them. Destinations that adjoin are one segment. [xen:kexec_segments_from_ind_page]
 */
import type { Decision, Refusal, SegmentSpec } from "../../../machine/mod.ts";
import { UNWRITTEN } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { KEXEC_SEGMENT_MAX, type Width } from "../abi/mod.ts";
import { hypervisorHang, xenPanic } from "../hypervisor.ts";
import type { Run } from "../steps.ts";
import { type GoesOn, guestWords, type WalkEnd } from "./guest_list.ts";

const CITE = "xen:kexec_segments_from_ind_page";

/** Where Xen sees machine address 0: a word of the list that is not in memory faults there. */
const DIRECTMAP = 0xffff830000000000n;

/** What a v1 segment has for a buffer: a null handle, so it counts as a range to be mapped. */
const NO_BUFFER = { recipe: UNWRITTEN, readable: 0, label: "null", pointer: 0n };

/** The segments, a refusal, or undefined where the walk ended the hypervisor. */
export function* deriveSegments(
  run: Run,
  start: bigint,
  width: Width,
): Decision<SegmentSpec[] | Refusal | undefined> {
  const segments: Derived[] = [];
  const words = guestWords(run.machine, start, width, untilNothingChanges(segments));
  for (let next = words.next();; next = words.next()) {
    if (next.done) {
      if (next.value.kind === "done") break;
      yield* endOfXen(run, next.value);
      return undefined;
    }
    const { kind, address, low, high, at } = next.value;
    const last = segments.at(-1);
    if (kind === "destination") {
      if (last !== undefined && endOf(last) === address) continue;
      if (segments.length === KEXEC_SEGMENT_MAX) return tooMany(at);
      segments.push({ dest: address, size: 0 });
    } else if (kind === "source") {
      if (last === undefined) return sourceFirst(at);
      last.size += PAGE_SIZE;
    } else if (kind === "other") {
      return strangeWord((BigInt(high) << 32n) | BigInt(low), at);
    }
  }
  return segments.map(({ dest, size }, i) => ({
    name: `v1.${i}`,
    buffer: NO_BUFFER,
    bufferSize: 0n,
    dest: BigInt(dest),
    destSize: BigInt(size),
  }));
}

interface Derived {
  readonly dest: number;
  size: number;
}

/** Where a segment ends; behind the last byte of the address space comes the first. */
function endOf({ dest, size }: Derived): number {
  return (dest + size) % 2 ** 64;
}

/**
 * A circle is walked again and again while it opens segments, until they are too many. If a whole
 * round opens none, no later one does.
 */
function untilNothingChanges(segments: readonly Derived[]): GoesOn {
  const met = new Map<number, number>();
  return (at) => {
    if (met.get(at) === segments.length) return false;
    met.set(at, segments.length);
    return true;
  };
}

/** A list that leads nowhere, or round in a circle, is Xen's own undoing. */
export function* endOfXen(run: Run, end: WalkEnd): Decision<void> {
  if (end.kind === "no-memory") {
    yield* xenPanic(run, {
      text: `FATAL PAGE FAULT, linear address ${
        hex(BigInt.asUintN(64, DIRECTMAP + BigInt(end.at)))
      }: the list of op 1 is read at machine address ${hex(end.at)}, where nothing is`,
      cite: CITE,
    });
  } else if (end.kind === "endless") {
    const why = `the list of op 1 comes back to its word at ${hex(end.at)}`;
    yield* hypervisorHang(run, why, CITE);
  }
}

function tooMany(at: number): Refusal {
  return {
    rule: "v1-too-many-segments",
    errno: "EINVAL",
    nature: "arguments",
    message: `the word at ${hex(at)} opens a segment more than ${KEXEC_SEGMENT_MAX}`,
    remedy: "Destinations that adjoin count as one segment",
    cite: CITE,
  };
}

function sourceFirst(at: number): Refusal {
  return {
    rule: "v1-source-without-destination",
    errno: "EINVAL",
    nature: "arguments",
    message: `the word at ${hex(at)} is a source, and no destination came before it`,
    remedy: "Begin the list with a destination",
    cite: CITE,
  };
}

function strangeWord(word: bigint, at: number): Refusal {
  return {
    rule: "v1-unknown-word",
    errno: "EINVAL",
    nature: "arguments",
    message: `the word ${hex(word)} at ${hex(at)}: its low four bits are none of 1, 2, 4 and 8`,
    remedy: "v1 has no word for zeros: give a page of them as a source",
    cite: CITE,
  };
}
