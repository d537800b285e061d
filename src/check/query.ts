/** Matches a phrase against what can be asked: `owner of ADDRESS`, `loaded SLOT IMAGE`. */
import type { Param, QueryShape } from "../machine/mod.ts";
import type { Expression, Phrase } from "../syntax/mod.ts";

export interface QueryMatch {
  readonly query: QueryShape;
  readonly args: ReadonlyMap<string, { readonly param: Param; readonly expression: Expression }>;
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
