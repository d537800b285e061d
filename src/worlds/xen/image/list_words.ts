/** Words of the indirection list, written into its pages. */
import { WORDS_PER_PAGE } from "../../../execution/mod.ts";
import type { Decision } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { emit, type Run } from "../steps.ts";
import type { Building } from "./building.ts";

/** `count` words from the one with number `ordinal` on, links not counted, become another. */
export function* rewriteWords(
  run: Run,
  building: Building,
  ordinal: number,
  count: number,
  value: bigint,
): Decision<void> {
  for (let done = 0; done < count;) {
    const frame = building.listFrames[Math.floor((ordinal + done) / WORDS_PER_PAGE)]!;
    const word = (ordinal + done) % WORDS_PER_PAGE;
    const some = Math.min(WORDS_PER_PAGE - word, count - done);
    yield* writeWords(run, building, frame, word, new BigUint64Array(some).fill(value));
    done += some;
  }
}

export function* writeWords(
  run: Run,
  building: Building,
  frame: number,
  word: number,
  values: BigUint64Array<ArrayBuffer>,
): Decision<void> {
  yield* emit(run, {
    kind: "bytes-written",
    at: frame * PAGE_SIZE + word * 8,
    bytes: new Uint8Array(values.buffer),
    what: `indirection list of image ${building.name}`,
  });
}
