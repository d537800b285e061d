/**
 * Digests over what segments are to hold: a buffer and then zeros, one segment after the other, made
 * into bytes a piece at a time. [kexec-tools:update_purgatory] [linux:kexec_calculate_store_digests]
 */
import { readRecipeInto, type Recipe, type SegmentSpec } from "../machine/mod.ts";
import { sha256 } from "./sha256.ts";
import type { Region } from "./table.ts";

/** Bytes that are made at a time. */
const PIECE = 1 << 20;

/**
 * Hashing takes as long here as there. Simplified: from this many bytes on kx hashes nothing, keeps a
 * digest of zeros, and compares what is in memory with what was loaded instead.
 */
export const MOST_HASHED = 16n * 2n ** 30n;

export function regionsOf(segments: readonly SegmentSpec[]): Region[] {
  return segments.map(({ dest, destSize }) => ({ start: dest, length: destSize }));
}

export function hashedBytes(regions: readonly Region[]): bigint {
  return regions.reduce((sum, { length }) => sum + length, 0n);
}

/** What a loader computes: over its own buffers, since memory at the destinations is not theirs yet. */
export function digestOfSegments(segments: readonly SegmentSpec[]): Uint8Array {
  if (hashedBytes(regionsOf(segments)) > MOST_HASHED) return new Uint8Array(32);
  const hash = sha256();
  const buffer = new Uint8Array(PIECE);
  for (const segment of segments) {
    const recipe: Recipe = {
      kind: "padded",
      source: segment.buffer.recipe,
      length: Math.min(Number(segment.bufferSize), segment.buffer.readable),
    };
    const size = Number(segment.destSize);
    for (let at = 0; at < size; at += PIECE) {
      const piece = buffer.subarray(0, Math.min(PIECE, size - at));
      readRecipeInto(recipe, at, piece);
      hash.update(piece);
    }
  }
  return hash.digest();
}
