/** Matches a phrase against what can be asked: `owner of ADDRESS`, `loaded SLOT IMAGE`. */
import type { Param, QueryShape } from "../machine/mod.ts";
import type { Expression, Phrase } from "../syntax/mod.ts";
import { joinSpans } from "../text/mod.ts";

export interface QueryMatch {
  readonly query: QueryShape;
  readonly args: ReadonlyMap<string, { readonly param: Param; readonly expression: Expression }>;
}

/**
 * `1:1` is three items for the parser, and one word for those who talk of identity maps: it becomes
 * the word `identity`.
 */
export function withIdentity(phrase: Phrase): Phrase {
  const at = phrase.findIndex((e, i) =>
    isOne(e) && isOne(phrase[i + 2]) && phrase[i + 1]?.kind === "mark" &&
    (phrase[i + 1] as { text: string }).text === ":"
  );
  if (at === -1) return phrase;
  const span = joinSpans(phrase[at]!.span, phrase[at + 2]!.span);
  const word: Expression = { kind: "word", text: "identity", span };
  return [...phrase.slice(0, at), word, ...phrase.slice(at + 3)];
}

function isOne(e: Expression | undefined): boolean {
  return e?.kind === "number" && e.value === 1n;
}

/** The longest pattern that fits the whole phrase; parameters that are optional may be left out at its end. */
export function matchQuery(
  phrase: Phrase,
  queries: readonly QueryShape[],
): QueryMatch | undefined {
  let best: QueryMatch | undefined;
  for (const query of queries) {
    const args = matchPattern(phrase, query);
    if (args === undefined) continue;
    if (best === undefined || query.pattern.length > best.query.pattern.length) {
      best = { query, args };
    }
  }
  return best;
}

function matchPattern(phrase: Phrase, query: QueryShape): QueryMatch["args"] | undefined {
  const args = new Map<string, { param: Param; expression: Expression }>();
  let at = 0;
  for (const item of query.pattern) {
    const e = phrase[at];
    if (typeof item === "string") {
      if (e === undefined || e.kind !== "word" || e.text !== item) return undefined;
      at++;
      continue;
    }
    if (e === undefined) {
      if (item.required === false) continue;
      return undefined;
    }
    if (item.choices !== undefined && !(e.kind === "word" && item.choices.includes(e.text))) {
      return undefined;
    }
    args.set(item.name, { param: item, expression: e });
    at++;
  }
  return at === phrase.length ? args : undefined;
}
