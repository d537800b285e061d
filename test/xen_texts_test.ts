/** What `kx explain` says of Xen's own rules and hazards: examples do what they claim. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { citation } from "../src/citations/mod.ts";
import type { Event } from "../src/machine/mod.ts";
import { invariants } from "../src/machine/invariants/mod.ts";
import { type Lab, run } from "../src/mod.ts";
import { HAZARDS, RULES } from "../src/worlds/xen/texts/mod.ts";
import { xen } from "../src/worlds/xen/mod.ts";
import { heldInBetween } from "./xen_lab.ts";

/** Met only while an image is started, with what the example then expects. */
const IN_BETWEEN = new Map([["kexec-in-progress", "unload default fails EBUSY"]]);

function eventsOf(lab: Lab): Event[] {
  const { timeline } = lab;
  return Array.from({ length: timeline.length }, (_, i) => timeline.eventAt(i + 1));
}

for (const { rule, example, cite } of RULES) {
  test(`rule ${rule}: the example breaks it`, () => {
    const lab = run(example);
    assert.deepEqual(lab.failures, []);
    const broken = eventsOf(lab).flatMap((e) => e.kind === "refused" ? [e.refusal] : []);
    const later = IN_BETWEEN.get(rule);
    if (later !== undefined) assert.ok(heldInBetween(lab).includes(later));
    else assert.ok(broken.some((r) => r.rule === rule), `broken were ${broken.map((r) => r.rule)}`);
    for (const refusal of broken) assert.notEqual(citation(refusal.cite), undefined, refusal.cite);
  });
  test(`rule ${rule}: its source is known`, () => assert.notEqual(citation(cite), undefined, cite));
}

for (const { code, example, cite } of HAZARDS) {
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

test("every rule that is passed or broken, and every hazard that is found, is explained", () => {
  const rules = new Set(xen.rules.map((r) => r.rule));
  for (const { example } of [...RULES, ...HAZARDS]) {
    if (example === undefined || example === "") continue;
    for (const event of eventsOf(run(example))) {
      if (event.kind === "check-passed") assert.ok(rules.has(event.rule), event.rule);
      if (event.kind === "refused") assert.ok(rules.has(event.refusal.rule), event.refusal.rule);
      if (event.kind === "hazard-found") {
        assert.notEqual(citation(event.hazard.cite), undefined, event.hazard.cite);
      }
    }
  }
});

test("what kx itself looks after cites Xen while Xen runs", () => {
  const lab = run(HAZARDS.find((h) => h.code === "foreign-page-freed")!.example!);
  const cites = eventsOf(lab).flatMap((e) => e.kind === "hazard-found" ? [e.hazard.cite] : []);
  assert.ok(cites.includes("xen:kimage_load_segment"));
  assert.deepEqual(cites.filter((cite) => !cite.startsWith("xen:")), []);
  for (const { cites } of invariants) {
    if (cites?.xen !== undefined) assert.notEqual(citation(cites.xen), undefined, cites.xen);
  }
});
