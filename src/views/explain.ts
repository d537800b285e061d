/** `kx explain`: a diagnostic, a rule by which a world refuses, a hazard, an invariant. */
import { cited } from "../citations/mod.ts";
import { catalogue, closest } from "../diagnostics/mod.ts";
import type { World } from "../machine/mod.ts";
import type { Invariant } from "../machine/invariants/mod.ts";
import { wrap } from "./format.ts";

interface Topic {
  readonly code: string;
  readonly kind: string;
  readonly title: string;
  readonly explanation: string;
  readonly example?: string;
  readonly cite?: string;
}

/** Everything that can be explained, in the order of the kinds. */
export function topics(worlds: readonly World[], invariants: readonly Invariant[]): Topic[] {
  return [
    ...Object.entries(catalogue).map(([code, entry]) => ({ code, kind: "diagnostic", ...entry })),
    ...worlds.flatMap((world) => [
      ...world.rules.map((r) => ({ ...r, code: r.rule, kind: `rule of ${world.title}` })),
      ...world.hazards.map((h) => ({ ...h, kind: `hazard of ${world.title}` })),
    ]),
    ...invariants.map((law) => ({ ...law, kind: law.nature === "bug" ? "law of kx" : "hazard" })),
  ];
}

/** The page of `code` in lines of at most `width`; undefined if there is none. */
export function explain(
  code: string,
  worlds: readonly World[],
  invariants: readonly Invariant[],
  width = 100,
): string | undefined {
  const found = topics(worlds, invariants).filter((t) =>
    t.code.toLowerCase() === code.toLowerCase()
  );
  if (found.length === 0) return undefined;
  return found.map((topic) => page(topic, width)).join("\n\n");
}

/** What was perhaps meant by an unknown code. */
export function closestTopic(
  code: string,
  worlds: readonly World[],
  invariants: readonly Invariant[],
): string | undefined {
  return closest(code, topics(worlds, invariants).map((t) => t.code));
}

function page(topic: Topic, width: number): string {
  const lines = [
    `${topic.code}: ${topic.title}`,
    `(${topic.kind})`,
    "",
    ...wrap(topic.explanation, width, ""),
  ];
  if (topic.example !== undefined && topic.example !== "") {
    lines.push("", "Example:", ...topic.example.split("\n").map((l) => `  ${l}`.trimEnd()));
  }
  if (topic.cite !== undefined) {
    const source = cited(topic.cite);
    lines.push("", `Source: ${source === undefined ? topic.cite : source}`);
  }
  return lines.join("\n");
}
