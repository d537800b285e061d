/** What `kx explain` says of the Linux world: examples do what they claim, sources can be found. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { citation } from "../src/citations/mod.ts";
import type { Event } from "../src/machine/mod.ts";
import { type Lab, run } from "../src/mod.ts";
import { linux } from "../src/worlds/linux/mod.ts";
import { HAZARDS, RULES } from "../src/worlds/linux/texts/mod.ts";

/** Rules whose example would need a file that is broken in a special way. */
const WITHOUT_EXAMPLE = new Set(["kernel-truncated"]);

function eventsOf(lab: Lab): Event[] {
  const { timeline } = lab;
  return Array.from({ length: timeline.length }, (_, i) => timeline.eventAt(i + 1));
}

for (const { rule, example, cite } of RULES) {
  test(`rule ${rule}: the example breaks it`, { skip: WITHOUT_EXAMPLE.has(rule) }, () => {
    const lab = run(example);
    assert.deepEqual(lab.failures, []);
    const broken = eventsOf(lab).flatMap((e) => e.kind === "refused" ? [e.refusal] : []);
    assert.ok(broken.some((r) => r.rule === rule), `broken were ${broken.map((r) => r.rule)}`);
    for (const refusal of broken) {
      assert.notEqual(citation(refusal.cite), undefined, refusal.cite);
      assert.notEqual(refusal.remedy, undefined, refusal.rule);
    }
  });
  test(`rule ${rule}: its source is known`, () => assert.notEqual(citation(cite), undefined, cite));
}

for (const { code, example, cite } of HAZARDS) {
  test(`hazard ${code}: the example shows it`, () => {
    const lab = run(example!);
    assert.deepEqual(lab.failures, []);
    const found = eventsOf(lab).flatMap((e) => e.kind === "hazard-found" ? [e.hazard.code] : []);
    assert.ok(found.includes(code), `found were ${found}`);
    assert.notEqual(citation(cite), undefined, cite);
  });
}

test("every rule that a load can pass or break is explained", () => {
  const known = new Set(linux.rules.map((r) => r.rule));
  for (const { example } of RULES) {
    if (example === "") continue;
    for (const event of eventsOf(run(example))) {
      if (event.kind === "check-passed") assert.ok(known.has(event.rule), event.rule);
      if (event.kind === "refused") assert.ok(known.has(event.refusal.rule), event.refusal.rule);
    }
  }
});
