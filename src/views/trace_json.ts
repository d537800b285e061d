/**
 * The trace as JSON lines, for other programs. Schema version 1, one object per line:
 *
 *     {"kind":"trace","schema":1,"texts":[NAME…]}            first
 *     {"kind":"statement","index":N,"text":NAME,"line":N,"column":N,"source":"…","depth":N,
 *      "from":STEP,"to":STEP,"ret"?:"EINVAL","failure"?:"…","problem"?:{code,message,hint?},
 *      "explored"?:[{"first":N,"last":N,"count":N,"runs":[[N,N]…],"statement"?:"…","failure"?:"…","cause"?:"…",
 *      "hazard"?:"…"}]}
 *     {"kind":"event","step":N,"statement":N,"event":{"kind":"frames-allocated",…}}
 *     {"kind":"end","steps":N,"held":N,"failed":N,"hazards":N}    last
 *
 * Within an event, integers that may exceed 2^53 are strings `"0x…"`, bytes are a string of hex
 * digits, `frames` is start, end, start, end, … in frames, a recipe names its kind and what it is
 * made from, a table is a list of pairs. In `runs`, the first and last place of each unbroken run, N − 0.5 is the middle of step
 * N: what the step writes is half written. A new schema number is given only when a reader of the old one could go wrong.
 */
import type { Executor, Explored } from "../engine/mod.ts";
import type { Event } from "../machine/mod.ts";

export const TRACE_SCHEMA = 1;

export function* traceJson(executor: Executor): Generator<string, void, void> {
  const texts = [...executor.texts.values()];
  yield JSON.stringify({ kind: "trace", schema: TRACE_SCHEMA, texts: texts.map((t) => t.name) });
  for (const record of executor.records) {
    const text = executor.texts.get(record.span.source)!;
    const { line, column } = text.position(record.span.start);
    const { problem } = record;
    yield JSON.stringify({
      kind: "statement",
      index: record.index,
      text: text.name,
      line,
      column,
      source: text.slice(record.span).split("\n", 1)[0],
      depth: record.depth,
      from: record.from,
      to: record.to,
      ret: record.outcome?.ret,
      failure: record.failure,
      explored: record.explored?.map(exploredJson),
      problem: problem && { code: problem.code, message: problem.message, hint: problem.hint },
    });
  }
  let step = 0;
  let hazards = 0;
  for (const event of executor.timeline.events()) {
    step++;
    if (event.kind === "hazard-found") hazards++;
    const statement = executor.timeline.statementAt(step);
    yield JSON.stringify({ kind: "event", step, statement, event: plain(event) });
  }
  yield JSON.stringify({
    kind: "end",
    steps: executor.timeline.length,
    held: executor.records.filter((r) => r.held).length,
    failed: executor.failures.length,
    hazards,
  });
}

function exploredJson({ runs, ...rest }: Explored): unknown {
  const first = Math.ceil(runs[0]![0]);
  const last = Math.ceil(runs.at(-1)![1]);
  return { first, last, ...rest, runs };
}

/** Plain JSON of any value that an event holds. */
function plain(value: unknown): unknown {
  if (typeof value === "bigint") return `0x${value.toString(16)}`;
  if (value instanceof Uint8Array) {
    return Array.from(value, (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Map) return [...value].map(([key, inner]) => [plain(key), plain(inner)]);
  if (typeof value === "function" || value === undefined) return undefined;
  if (typeof value === "object" && value !== null) {
    // A restored machine is told by its step: it was described when it was made.
    if ("kind" in value && value.kind === "state-restored") {
      const { kind, step, why } = value as Extract<Event, { kind: "state-restored" }>;
      return { kind, step, why };
    }
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, plain(inner)]));
  }
  return value;
}
