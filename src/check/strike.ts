/** `at every step of OPERATION, dma … { … }`: the operation, and what strikes while it is done. */
import type { Sentence } from "../syntax/mod.ts";

export interface Struck {
  readonly operation: Sentence["words"];
  /** A sentence's words, `dma` first; absent: nothing strikes. */
  readonly strike?: Sentence["words"];
}

export function splitStrike(words: Sentence["words"]): Struck {
  const at = words.findIndex((e, i) => {
    const next = words[i + 1];
    return e.kind === "mark" && e.text === "," && next?.kind === "word" && next.text === "dma";
  });
  if (at === -1) return { operation: words };
  return { operation: words.slice(0, at), strike: words.slice(at + 1) };
}
