/** What `kx explain` says of the Mini-OS module: examples do what they claim, sources can be found. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { citation } from "../src/citations/mod.ts";
import type { Event } from "../src/machine/mod.ts";
import { type Lab, run } from "../src/mod.ts";
import { miniOs } from "../src/worlds/mini_os/mod.ts";
import { HAZARDS, RULES } from "../src/worlds/mini_os/texts/mod.ts";

function eventsOf({ timeline }: Lab): Event[] {
  return Array.from({ length: timeline.length }, (_, i) => timeline.eventAt(i + 1));
}

for (const { rule, example, cite } of RULES) {
  test(`rule ${rule}: the example breaks it`, () => {
    const lab = run(example);
    assert.deepEqual(lab.failures.map((f) => f.failure), []);
    const broken = eventsOf(lab).flatMap((e) => e.kind === "refused" ? [e.refusal] : []);
    assert.ok(broken.some((r) => r.rule === rule), `broken were ${broken.map((r) => r.rule)}`);
    for (const { remedy } of broken) assert.notEqual(remedy, undefined);
    assert.notEqual(citation(cite), undefined, cite);
  });
}

for (const { code, example, cite } of HAZARDS) {
  test(`hazard ${code}: the example shows it`, () => {
    assert.notEqual(citation(cite), undefined, cite);
    if (example === undefined) return;
    const lab = run(example);
    assert.deepEqual(lab.failures.map((f) => f.failure), []);
    const found = eventsOf(lab).flatMap((e) => e.kind === "hazard-found" ? [e.hazard.code] : []);
    assert.ok(found.includes(code), `found were ${found}`);
  });
}

test("whatever an example meets is explained, and so is where it comes from", () => {
  const rules = new Set(miniOs.rules.map((r) => r.rule));
  const hazards = new Set(miniOs.hazards.map((h) => h.code));
  for (const { example } of [...RULES, ...HAZARDS]) {
    if (example === undefined) continue;
    for (const event of eventsOf(run(example))) {
      if (event.kind === "check-passed") assert.ok(rules.has(event.rule), event.rule);
      if (event.kind === "refused") assert.ok(rules.has(event.refusal.rule), event.refusal.rule);
      if (event.kind !== "hazard-found") continue;
      assert.ok(hazards.has(event.hazard.code), event.hazard.code);
      assert.notEqual(citation(event.hazard.cite), undefined, event.hazard.cite);
    }
  }
});
