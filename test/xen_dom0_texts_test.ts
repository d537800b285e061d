/** What `kx explain` says of dom0, of op 1 and of the tools: examples do what they claim. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { citation } from "../src/citations/mod.ts";
import type { Event } from "../src/machine/mod.ts";
import { type Lab, run } from "../src/mod.ts";
import { DOM0_HAZARDS, DOM0_RULES } from "../src/worlds/xen/dom0/texts.ts";
import { TOOLS_HAZARDS, TOOLS_RULES } from "../src/worlds/xen/tools/texts.ts";
import { V1_HAZARDS, V1_RULES } from "../src/worlds/xen/v1/texts.ts";
import { heldInBetween } from "./xen_lab.ts";

function eventsOf(lab: Lab): Event[] {
  const { timeline } = lab;
  return Array.from({ length: timeline.length }, (_, i) => timeline.eventAt(i + 1));
}

for (const { rule, example, cite } of [...DOM0_RULES, ...V1_RULES, ...TOOLS_RULES]) {
  test(`rule ${rule}: the example breaks it`, () => {
    const lab = run(example);
    assert.deepEqual(lab.failures, []);
    const broken = eventsOf(lab).flatMap((e) => e.kind === "refused" ? [e.refusal] : []);
    assert.ok(broken.some((r) => r.rule === rule), `broken were ${broken.map((r) => r.rule)}`);
    for (const refusal of broken) assert.notEqual(refusal.remedy, undefined, refusal.rule);
    assert.notEqual(citation(cite), undefined, cite);
  });
}

for (const { code, example, cite } of [...DOM0_HAZARDS, ...V1_HAZARDS, ...TOOLS_HAZARDS]) {
  test(`hazard ${code}: the example shows it`, () => {
    const lab = run(example!);
    assert.deepEqual(lab.failures, []);
    const found = eventsOf(lab).flatMap((e) => e.kind === "hazard-found" ? [e.hazard.code] : []);
    const isFound = found.includes(code) ||
      heldInBetween(lab).includes(`expect hazard "${code}"`);
    assert.ok(isFound, `found were ${found}`);
    assert.notEqual(citation(cite), undefined, cite);
  });
}
