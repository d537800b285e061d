/**
 * The segments that kexec-tools hands to Xen: in ascending order, whole pages, and ranges without data
 * so that the new kernel finds the first MiB mapped. [kexec-tools:xen_kexec_load]
 */
import { isAtLeast, parseVersion, type SegmentSpec, UNWRITTEN } from "../../../machine/mod.ts";

const MIB = 0x10_0000n;
const PAGE = 4096n;

/** A null handle. */
const NO_BUFFER = { recipe: UNWRITTEN, readable: 0, label: "null", pointer: 0n };

export function toolSegments(segments: readonly SegmentSpec[], release: string): SegmentSpec[] {
  const sorted = segments.map(wholePages).sort((a, b) => a.dest < b.dest ? -1 : 1);
  return fillsGaps(release) ? withGaps(sorted) : [...sorted, mapOnly("low MiB", 0n, MIB)];
}

/** Since April 2019; before, one range over all of the first MiB, whatever else lay there. */
export function fillsGaps(release: string): boolean {
  const version = parseVersion(release);
  return version === undefined || isAtLeast(version, 2, 0, 20);
}

function wholePages(s: SegmentSpec): SegmentSpec {
  return { ...s, destSize: (s.destSize + PAGE - 1n) / PAGE * PAGE };
}

function withGaps(sorted: readonly SegmentSpec[]): SegmentSpec[] {
  const all: SegmentSpec[] = [];
  let watermark = 0n;
  for (const s of sorted) {
    if (watermark < MIB && s.dest > watermark) {
      all.push(mapOnly(`gap.${all.length}`, watermark, s.dest < MIB ? s.dest : MIB));
    }
    all.push(s);
    watermark = s.dest + s.destSize;
  }
  if (watermark < MIB) all.push(mapOnly(`gap.${all.length}`, watermark, MIB));
  return all;
}

function mapOnly(name: string, start: bigint, end: bigint): SegmentSpec {
  return { name, buffer: NO_BUFFER, bufferSize: 0n, dest: start, destSize: end - start };
}
