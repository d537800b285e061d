/** `why`: the rule that said no, what broke it, what passed before, what would pass. */
import type { Executor } from "../engine/mod.ts";
import type { Refusal } from "../machine/mod.ts";
import { wrap } from "./format.ts";

const NATURE: Readonly<Record<Refusal["nature"], string>> = {
  policy: "policy: no other address would help; rights or settings must change",
  arguments: "arguments: the call itself is malformed",
  placement: "placement: other addresses or sizes would pass",
  resources: "resources: there is not enough memory of the right kind",
  state: "state: the system is in a state that forbids it now",
};

/** Explains the outcome of the statement `index`. */
export function renderWhy(executor: Executor, index: number, width: number): string[] {
  const record = executor.records[index]!;
  const passed: string[] = [];
  let refusal: Refusal | undefined;
  for (let step = record.from + 1; step <= record.to; step++) {
    if (executor.timeline.statementAt(step) !== index) continue;
    const event = executor.timeline.eventAt(step);
    if (event.kind === "check-passed") passed.push(event.rule);
    if (event.kind === "refused") refusal = event.refusal;
  }
  if (refusal === undefined) {
    return [
      `It was not refused: it gave ${record.outcome?.ret ?? "nothing"}`,
      ...field("passed", passed.length === 0 ? "no check" : passed.join(", "), width),
    ];
  }
  return [
    ...field("refused", refusal.errno, width),
    ...field("rule", refusal.rule, width),
    ...field("because", refusal.message, width),
    ...field("nature", NATURE[refusal.nature], width),
    ...field("passed", passed.length === 0 ? "nothing before it" : passed.join(", "), width),
    ...field("would pass", refusal.remedy ?? "nothing smaller is known", width),
    ...field("source", refusal.cite, width),
  ];
}

function field(name: string, text: string, width: number): string[] {
  const lines = wrap(text, width, " ".repeat(12));
  lines[0] = name.padEnd(12) + lines[0]!.trimStart();
  return lines;
}
