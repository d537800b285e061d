/** Answers of queries, from frames and ranges. */
import type { Answer } from "../machine/mod.ts";
import { PAGE_SIZE, type Range } from "../memory/mod.ts";

export const NOTHING: Answer = { kind: "nothing" };

export function integer(value: number | bigint): Answer {
  return { kind: "integer", value: BigInt(value), style: "decimal" };
}

export function hex(value: bigint): Answer {
  return { kind: "integer", value, style: "hex" };
}

export function range(r: Range | undefined): Answer {
  return r === undefined ? NOTHING : { kind: "range", start: BigInt(r.start), end: BigInt(r.end) };
}

export function frameAddress(frame: number | undefined): Answer {
  return frame === undefined ? NOTHING : hex(BigInt(frame * PAGE_SIZE));
}

export function frames(list: readonly number[]): Answer {
  return { kind: "list", items: list.map(frameAddress) };
}

/** A flat list of frames as ranges of bytes. */
export function ranges(flat: readonly number[]): Answer {
  const items: Answer[] = [];
  for (let i = 0; i < flat.length; i += 2) {
    items.push(range({ start: flat[i]! * PAGE_SIZE, end: flat[i + 1]! * PAGE_SIZE }));
  }
  return { kind: "list", items };
}
