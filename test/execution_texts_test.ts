/** Every rule and hazard of execution that has an example: the example shows it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "../src/mod.ts";
import { EXECUTION_HAZARDS, EXECUTION_RULES } from "../src/worlds/linux/execution/texts.ts";
import { cited } from "../src/citations/mod.ts";

for (const { rule, example, cite } of EXECUTION_RULES) {
  test(`rule ${rule}: the example breaks it`, () => {
    const events = [...run(example).timeline.events()];
    assert.ok(events.some((e) => e.kind === "refused" && e.refusal.rule === rule));
    assert.ok(cited(cite) !== undefined);
  });
}

for (const { code, example, cite } of EXECUTION_HAZARDS) {
  test(`hazard ${code}: explained and cited`, () => {
    assert.ok(cited(cite) !== undefined, cite);
    if (example === undefined) return;
    const events = [...run(example).timeline.events()];
    assert.ok(events.some((e) => e.kind === "hazard-found" && e.hazard.code === code));
  });
}
