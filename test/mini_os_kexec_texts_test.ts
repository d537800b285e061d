/** What `kx explain` says of kexec() in Mini-OS: examples do what they claim, sources can be found. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { citation } from "../src/citations/mod.ts";
import type { Event } from "../src/machine/mod.ts";
import { type Lab, run } from "../src/mod.ts";
import { KEXEC_HAZARDS, KEXEC_RULES } from "../src/worlds/mini_os/kexec/mod.ts";

/** Forks of an exploration are not in the timeline. */
const EXPLORED = new Set(["kexec-no-memory"]);

function eventsOf({ timeline }: Lab): Event[] {
  return Array.from({ length: timeline.length }, (_, i) => timeline.eventAt(i + 1));
}

for (const { rule, example, cite } of KEXEC_RULES) {
  test(`rule ${rule}: its source is known`, () => assert.notEqual(citation(cite), undefined, cite));
  if (example === "") continue;
  test(`rule ${rule}: the example breaks it`, () => {
    const lab = run(example);
    assert.deepEqual(lab.failures, []);
    const broken = eventsOf(lab).flatMap((e) => e.kind === "refused" ? [e.refusal.rule] : []);
    if (!EXPLORED.has(rule)) assert.ok(broken.includes(rule), `broken were ${broken}`);
  });
}

for (const { code, example, cite } of KEXEC_HAZARDS) {
  test(`hazard ${code}: its source is known`, () => assert.notEqual(citation(cite), undefined));
  if (example === undefined) continue;
  test(`hazard ${code}: the example shows it`, () => {
    const lab = run(example);
    assert.deepEqual(lab.failures, []);
    const found = eventsOf(lab).flatMap((e) => e.kind === "hazard-found" ? [e.hazard.code] : []);
    assert.ok(found.includes(code), `found were ${found}`);
  });
}
