/** What `show` can draw, beside values: the topics that views/ knows how to put on paper. */
import { matchQuery, withIdentity } from "../check/mod.ts";
import type { QueryShape, Slot } from "../machine/mod.ts";
import type { Phrase, Sentence } from "../syntax/mod.ts";
import type { SourceText } from "../text/mod.ts";
import { complain, evaluatePhrase, spanOf, type Surroundings, u64Of } from "./evaluate.ts";
import type { Shown } from "./record.ts";
import { NOTHING } from "./values.ts";

const SLOT = { name: "slot", type: "word", choices: ["default", "crash"] } as const;

function topic(pattern: QueryShape["pattern"], summary: string): QueryShape {
  return { pattern, summary, answer: () => NOTHING };
}

export const SHOW_TOPICS: readonly QueryShape[] = [
  topic(["map"], "the memory map: who owns what, with sizes"),
  topic(["image", SLOT], "the image in a slot: segments, control pages, counts"),
  topic(
    ["map", "identity", "of", SLOT],
    "`show map 1:1 of crash`: what the image's identity map covers, with attributes, and what it leaves out",
  ),
  topic(
    ["map", "costs", "of", SLOT],
    "what other ways to map would cost in pages, and what they would leave out",
  ),
  topic(["slots"], "both slots in a line each"),
  topic(["list", SLOT], "the indirection list, decoded from the bytes in memory"),
  topic(["page", { name: "address", type: "address" }], "one page: owner, who wrote it, its bytes"),
  topic(["machine"], "the firmware's map and what was booted"),
  topic(["log"], "the kernel's own log lines"),
  topic(["hazards"], "every hazard found so far"),
  topic(["settings"], "sysctls and other settings"),
];

/** Matches what stands after `show`: a topic, or else any phrase, whose value is printed. */
export function resolveShow(
  phrase: Phrase,
  sentence: Sentence,
  around: Surroundings,
  text: SourceText,
): Shown {
  if (phrase.length === 0) {
    return complain(
      "KX0203",
      sentence.span,
      "`show` needs something to show",
      "`show map`, `show image crash`, `show owner of 0x1000`",
    );
  }
  const match = matchQuery(withIdentity(phrase), SHOW_TOPICS);
  if (match === undefined) {
    return { kind: "value", of: text.slice(spanOf(phrase)), value: evaluatePhrase(phrase, around) };
  }
  const args: Record<string, unknown> = {};
  for (const [name, { param, expression }] of match.args) {
    args[name] = param.type === "address"
      ? u64Of(expression, around)
      : expression.kind === "word"
      ? expression.text as Slot
      : complain("KX0207", expression.span, "Expected a name here");
  }
  const words = match.query.pattern.filter((item) => typeof item === "string");
  return { kind: "topic", topic: words.join(" "), args };
}
