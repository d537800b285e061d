/**
 * Long runs repeat themselves: a loop of loads writes the same bytes to the same frames, takes the
 * same lock, gives the same answer. An event equal to one of the last few thousand is kept as that
 * one, which costs a long timeline a word and no object.
 */
import type { Event, EventKind } from "../machine/mod.ts";

/** A power of two. What falls on one another's place is kept twice: no harm but memory. */
const PLACES = 4096;
/** A longer list is not compared: it is rare, its time would show, and places must stay cheap. */
const LONGEST = 1024;

/** Kinds that come often and name no image by its number: others are not worth the look. */
const REPEATED: ReadonlySet<EventKind> = new Set<EventKind>([
  "frames-written",
  "frames-freed",
  "bytes-written",
  "bytes-stored",
  "frames-copied",
  "frames-swapped",
  "setting-set",
  "log-printed",
  "operation-began",
  "operation-ended",
  "lock-taken",
  "lock-released",
  "milestone-reached",
]);

export class Repeats {
  readonly #places: (Event | undefined)[] = new Array(PLACES).fill(undefined);

  /** The event itself, or an earlier one that is equal to it in all its parts. */
  firstLike(event: Event): Event {
    if (!REPEATED.has(event.kind)) return event;
    const place = hash(event, 0) & (PLACES - 1);
    const earlier = this.#places[place];
    if (earlier !== undefined && (earlier === event || isEqual(earlier, event))) return earlier;
    this.#places[place] = event;
    return event;
  }
}

/** Equal values give equal numbers. It looks at the ends of what is long: a guess, proved afterwards. */
function hash(value: unknown, seed: number): number {
  switch (typeof value) {
    case "number":
      return mix(seed, value);
    case "string": {
      const { length } = value;
      const middle = mix(mix(seed, length), value.charCodeAt(length >> 1));
      return mix(middle, value.charCodeAt(length - 1));
    }
    case "object":
      break;
    default:
      return seed;
  }
  if (value === null) return seed;
  if (Array.isArray(value) || value instanceof Uint8Array) {
    const { length } = value;
    return hash(value[length >> 1], hash(value[length - 1], hash(value[0], mix(seed, length))));
  }
  let mixed = seed;
  for (const key in value) mixed = hash((value as Record<string, unknown>)[key], mixed);
  return mixed;
}

function mix(seed: number, value: number): number {
  const mixed = Math.imul(seed ^ value, 0x9e37_79b1);
  return mixed ^ (mixed >>> 15);
}

/** Equal in all parts that can be compared; what is no plain value is equal to itself alone. */
function isEqual(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const kind = Object.getPrototypeOf(a);
  if (kind !== Object.getPrototypeOf(b)) return false;
  if (kind === Array.prototype || kind === Uint8Array.prototype) {
    return hasEqualItems(a as ArrayLike<unknown>, b as ArrayLike<unknown>);
  }
  if (kind !== Object.prototype) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length &&
    keys.every((key) =>
      Object.hasOwn(b, key) &&
      isEqual((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key])
    );
}

function hasEqualItems(a: ArrayLike<unknown>, b: ArrayLike<unknown>): boolean {
  if (a.length !== b.length || a.length > LONGEST) return false;
  for (let i = 0; i < a.length; i++) if (!isEqual(a[i], b[i])) return false;
  return true;
}
