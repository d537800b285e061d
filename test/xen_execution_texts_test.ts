/** Every rule and hazard of starting an image of Xen, and of its crashkernel=: the example shows it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { run } from "../src/mod.ts";
import { cited } from "../src/citations/mod.ts";
import { CRASHKERNEL_HAZARDS } from "../src/worlds/xen/crashkernel/mod.ts";
import { EXECUTION_HAZARDS, EXECUTION_RULES } from "../src/worlds/xen/execution/texts.ts";

for (const { rule, example, cite } of EXECUTION_RULES) {
  test(`rule ${rule}: the example breaks it`, () => {
    const events = [...run(example).timeline.events()];
    assert.ok(events.some((e) => e.kind === "refused" && e.refusal.rule === rule));
    assert.ok(cited(cite) !== undefined, cite);
  });
}

for (const { code, example, cite } of [...EXECUTION_HAZARDS, ...CRASHKERNEL_HAZARDS]) {
  test(`hazard ${code}: explained and cited`, () => {
    assert.ok(cited(cite) !== undefined, cite);
    if (example === undefined) return;
    const events = [...run(example).timeline.events()];
    assert.ok(events.some((e) => e.kind === "hazard-found" && e.hazard.code === code));
  });
}
