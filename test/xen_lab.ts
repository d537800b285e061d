/** Cases of hypercalls made up in the form of the recordings, and replayed; and what forks tell. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { JsonObject } from "../src/replay/format.ts";
import type { Lab } from "../src/mod.ts";
import { replay } from "../src/replay/mod.ts";
import { xen } from "../src/worlds/xen/mod.ts";

export type Operation = JsonObject & { readonly op: string };
export type Row = readonly [
  what: string,
  ops: readonly Operation[],
  rets: readonly (string | number)[],
];

const HEAD = readFileSync(new URL("recordings/xen/hypercall.jsonl", import.meta.url), "utf8")
  .split("\n").filter((line) => /"kind": "(recording|machine)"/.test(line));

/** Beginnings of the names of machines: 64 MiB at 128 MiB; none; 4 MiB in little memory; and so on. */
const MACHINES = {
  main: "xen-1024M-49e85bc7",
  none: "xen-1024M-8dd29da7",
  large: "xen-4096M-74928395",
  phantom: "xen-1024M-817b6aaa",
  low: "xen-512M-698b2eea",
  unaligned: "xen-1024M-997871b6",
} as const;

export const hex = (value: number | bigint) => `0x${value.toString(16)}`;
export const TOP = 2n ** 64n;
export const DEFAULT = 0x1000_0000;
export const CRASH = 0x810_0000;

export function segment(
  buf: string,
  size: number | bigint,
  dest: number | bigint,
  destSize: number | bigint,
): JsonObject {
  return { buf, buf_size: hex(size), dest_maddr: hex(dest), dest_size: hex(destSize) };
}

export function load(
  type: number,
  segments: readonly JsonObject[] = [],
  more: JsonObject = {},
): Operation {
  const entry = hex((type & 0xff) === 1 ? CRASH : DEFAULT);
  return { op: "load", type, arch: 62, entry, segments, ...more };
}

export const loadV1 = (
  type: number,
  words: readonly string[],
  more: JsonObject = {},
): Operation => ({
  op: "load_v1",
  type,
  entry: "0x10000000",
  indirection_page: "0xa000000",
  indirection: words,
  ...more,
});

export const of = (op: string, type: number | string): Operation => ({ op, type });
export const range = (range: number, nr: number, more: JsonObject = {}): Operation => ({
  op: "get_range",
  range,
  nr,
  ...more,
});

/** One page each, a page apart. */
export function apart(base: number, count: number): JsonObject[] {
  return Array.from({ length: count }, (_, i) => segment("p41", 0x1000, base + i * 0x2000, 0x1000));
}

/** Flags and slots after each result: every success flips the position of its type. */
function observed(ops: readonly Operation[], rets: Row[2]): JsonObject[] {
  const position = [0, 0];
  const loaded = [0, 0];
  return ops.map(({ op, type }, i) => {
    const ret = rets[i]!;
    if (/^(XEN|MACHINE|HYPERVISOR)_/.test(String(ret))) return { ret };
    if (ret === 0 && /load/.test(op)) {
      const slot = Number(type) & 1;
      position[slot]! ^= 1;
      loaded[slot] = op.startsWith("un") ? 0 : 1;
    }
    const [d, c] = position as [number, number];
    const flags = (loaded[0]! << d) | (loaded[1]! << (2 + c)) | (d << 4) | (c << 5);
    return {
      ret,
      status: { default: d, crash: c },
      loaded: { default: loaded[0]!, crash: loaded[1]! },
      kexec_flags: flags,
    };
  });
}

export function holds(what: string, machine: keyof typeof MACHINES, rows: readonly Row[]): void {
  test(what, () => {
    const cases = rows.map(([id, ops, rets]) =>
      JSON.stringify({
        kind: "case",
        machine: MACHINES[machine],
        id,
        ops,
        observed: observed(ops, rets),
      })
    );
    const report = replay([...HEAD, ...cases].join("\n"), [xen]);
    assert.deepEqual(report.problems, []);
    const wrong = report.cases.filter((c) => !c.passed).map((c) => [c.id, c.differences]);
    assert.deepEqual(wrong, []);
    assert.equal(report.passed, rows.length);
  });
}

export const each = <T>(values: readonly T[], row: (value: T) => Row): Row[] => values.map(row);

/** What was held on a fork: some things are met only in the middle of something else. */
export function heldInBetween(lab: Lab): string[] {
  return lab.records.flatMap((r) => r.explored ?? [])
    .flatMap((o) => o.failure === undefined ? [o.statement ?? ""] : []);
}
