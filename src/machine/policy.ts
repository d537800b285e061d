/** How a page allocator chooses among free pages. */

/**
 * `zoned`: as Linux prefers zones on x86_64, frames at 4 GiB and above first, then 16 MiB to 4 GiB,
 * below 16 MiB last; the lowest fitting block of a zone first. `lowest` and `highest` ignore zones.
 * `rotating`: the lowest fitting block from where the last one ended, round and round, so that what
 * was just freed is not handed out again at once. `scattered`: a block chosen by the seed and the
 * allocator's cursor: no two pages adjoin but by luck.
 */
export interface AllocationPolicy {
  readonly kind: "zoned" | "lowest" | "highest" | "rotating" | "scattered";
  readonly seed: bigint;
}

export const DEFAULT_POLICY: AllocationPolicy = { kind: "zoned", seed: 0n };
