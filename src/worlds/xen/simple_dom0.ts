/** dom0 as a piece of memory. */
import type { BootRequest, Decision } from "../../machine/mod.ts";
import { PAGE_SIZE } from "../../memory/mod.ts";
import type { Part } from "./part.ts";
import { emit, type Run } from "./steps.ts";

export const SIMPLE_DOM0: Part = {
  bootClauses: [{
    head: "dom0",
    summary: "the first domain and its kernel",
    positional: [
      { name: "world", type: "name", required: true },
      { name: "version", type: "version", required: true },
    ],
    clauses: [{
      head: "memory",
      summary: "what it gets",
      positional: [{ name: "size", type: "size", required: true }],
      once: true,
    }],
    once: true,
  }],
  boot: claimDom0,
};

function* claimDom0(run: Run, { clauses }: BootRequest): Decision<void> {
  const size = clauses.find((c) => c.head === "dom0")?.clauses[0]?.args.size;
  if (typeof size !== "bigint") return;
  let left = Number(size) / PAGE_SIZE;
  const frames: number[] = [];
  for (const { start, end } of run.machine.free.from()) {
    const count = Math.min(left, end - start);
    if (count > 0) frames.push(start, start + count);
    left -= count;
  }
  yield* emit(run, { kind: "frames-claimed", frames, owner: { kind: "kernel", label: "dom0" } });
}
