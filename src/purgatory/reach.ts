/**
 * Whether the identity map of an image reaches what its purgatory will touch: asked before the jump,
 * since a miss after it is a triple fault.
 */
import { type Access, type Hazard, type Machine, walk } from "../machine/mod.ts";
import { hex, span } from "../routine/mod.ts";

/** A run of addresses that a purgatory reads, writes or runs. */
export interface Touch {
  readonly what: string;
  readonly start: bigint;
  /** Bytes. */
  readonly length: bigint;
  readonly access: Access;
}

export interface Map {
  /** Physical address of the root, bytes. */
  readonly root: number;
  readonly levels: 4 | 5;
}

/** One hazard for each run that is not mapped as a whole, with its first address that is not. */
export function unmappedTouches(
  machine: Machine,
  image: string,
  touches: readonly Touch[],
  map: Map,
  cite: string,
): Hazard[] {
  return touches.flatMap((touch) => {
    const at = firstUnmapped(machine, touch, map);
    if (at === undefined) return [];
    return [{
      code: "purgatory-touches-unmapped",
      message: `purgatory of image ${image} will ${
        touch.access === "execute" ? "jump to" : touch.access
      } ${touch.what} ${
        span(touch.start, touch.start + touch.length)
      }, and the identity map has nothing at ${hex(at)}: a triple fault`,
      key: `purgatory-touches-unmapped:${image}:${touch.start}:${touch.access}`,
      cite,
    }];
  });
}

function firstUnmapped(
  machine: Machine,
  { start, length, access }: Touch,
  { root, levels }: Map,
): bigint | undefined {
  const end = start + length;
  for (let at = start; at < end;) {
    const found = walk(machine, root, at, access, { levels, writeProtect: false });
    if (!found.ok) return at;
    const size = BigInt(found.pageSize);
    at = (at / size + 1n) * size;
  }
  return undefined;
}
