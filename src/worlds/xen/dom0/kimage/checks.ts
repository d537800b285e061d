/**
 * What dom0's kernel itself says of a list of segments, before Xen hears of it. Addresses of a machine
 * image are machine addresses, of a native one dom0's own. [linux-uek:do_kimage_alloc]
 */
import type { Decision, ImageSpec, SegmentSpec } from "../../../../machine/mod.ts";
import { hex, span, u64 } from "../../../../routine/mod.ts";
import { crashRegion } from "../../state.ts";
import { type Check, check, type Run } from "../../steps.ts";

const CITE = "linux-uek:do_kimage_alloc";

/** KEXEC_SEGMENT_MAX of the kernel. */
const MOST_SEGMENTS = 16;

export function* checkImage(run: Run, image: ImageSpec): Decision<Check> {
  const { segments } = image;
  return (yield* check(run, "dom0-too-many-segments", CITE, tooMany(segments))) ??
    (yield* check(run, "dom0-segment-misaligned", CITE, first(segments, misaligned))) ??
    (yield* check(run, "dom0-segments-overlap", CITE, overlapping(segments))) ??
    (yield* check(run, "dom0-buffer-too-large", CITE, first(segments, bufferTooLarge))) ??
    (image.slot === "crash"
      ? yield* check(run, "dom0-outside-crash-region", CITE, outside(run, image))
      : undefined);
}

function tooMany(segments: readonly SegmentSpec[]): Check {
  if (segments.length > 0 && segments.length <= MOST_SEGMENTS) return undefined;
  return refusal(
    "dom0-too-many-segments",
    "EINVAL",
    `dom0's kernel takes 1 to ${MOST_SEGMENTS} segments, and not ${segments.length}`,
    [],
  );
}

function first(
  segments: readonly SegmentSpec[],
  judge: (s: SegmentSpec, index: number) => Check,
): Check {
  for (const [i, s] of segments.entries()) {
    const bad = judge(s, i);
    if (bad !== undefined) return bad;
  }
  return undefined;
}

function misaligned(s: SegmentSpec, i: number): Check {
  const end = u64(s.dest + s.destSize);
  // What wraps, or lies where no machine has memory, is no page-aligned range of it either.
  if ((s.dest | end) % 4096n === 0n && end > s.dest && end <= 1n << 46n) return undefined;
  return refusal(
    "dom0-segment-misaligned",
    "EADDRNOTAVAIL",
    `segment \`${s.name}\` ${span(s.dest, end)} is no range of whole pages`,
    [i],
  );
}

function overlapping(segments: readonly SegmentSpec[]): Check {
  for (const [i, a] of segments.entries()) {
    const j = segments.slice(0, i).findIndex((b) =>
      a.dest < b.dest + b.destSize && b.dest < a.dest + a.destSize
    );
    if (j < 0) continue;
    return refusal(
      "dom0-segments-overlap",
      "EINVAL",
      `segments \`${segments[j]!.name}\` and \`${a.name}\` overlap`,
      [j, i],
    );
  }
  return undefined;
}

function bufferTooLarge(s: SegmentSpec, i: number): Check {
  if (s.bufferSize <= s.destSize) return undefined;
  return refusal(
    "dom0-buffer-too-large",
    "EINVAL",
    `segment \`${s.name}\`: its buffer of ${hex(s.bufferSize)} bytes is larger than its memory`,
    [i],
  );
}

function outside(run: Run, { segments, entryPoint }: ImageSpec): Check {
  const region = crashRegion(run.machine);
  const [start, end] = region === undefined ? [0n, 0n] : [BigInt(region.start), BigInt(region.end)];
  const where = region === undefined ? "no crash region" : `the crash region ${span(start, end)}`;
  if (entryPoint < start || entryPoint >= end) {
    return refusal(
      "dom0-outside-crash-region",
      "EADDRNOTAVAIL",
      `entry point ${hex(entryPoint)}: dom0 was told of ${where}`,
      [],
    );
  }
  return first(
    segments,
    (s, i) =>
      s.dest >= start && s.dest + s.destSize <= end ? undefined : refusal(
        "dom0-outside-crash-region",
        "EADDRNOTAVAIL",
        `segment \`${s.name}\` ${span(s.dest, s.dest + s.destSize)}: dom0 was told of ${where}`,
        [i],
      ),
  );
}

function refusal(
  rule: string,
  errno: string,
  message: string,
  segments: readonly number[],
): NonNullable<Check> {
  const nature = rule === "dom0-too-many-segments" ? "arguments" : "placement";
  return { rule, errno, nature, message, remedy: REMEDIES[rule]!, segments, cite: CITE };
}

const REMEDIES: Readonly<Record<string, string>> = {
  "dom0-too-many-segments": "At most 16 segments",
  "dom0-segment-misaligned": "Whole pages of 4 KiB",
  "dom0-segments-overlap": "Segments that lie beside each other",
  "dom0-buffer-too-large": "A segment as large as its buffer",
  "dom0-outside-crash-region": "Boot Xen with `crashkernel=`, and stay inside the region",
};
