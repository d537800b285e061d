/** Arguments of `:` commands: numbers as a script writes them, or anything that a script could ask. */
import { parse } from "../syntax/mod.ts";
import { SourceText } from "../text/mod.ts";
import { executorAt } from "./jobs.ts";
import { branchOf, type Session } from "./session.ts";

export type Found<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string };

/** No address lies above: physical addresses have 52 bits at most. */
const ADDRESS_LIMIT = 1n << 52n;

/** A range of bytes: an address is the byte there. `base + 1MiB`, `start of crash region`. */
export function rangeOf(session: Session, text: string): Found<{ start: number; end: number }> {
  const value = valueOf(session, text);
  if (!value.ok) return value;
  const { start, end } = value.value;
  if (start < 0n || end > ADDRESS_LIMIT || start >= end) {
    return { ok: false, message: `\`${text}\` is no address of a machine` };
  }
  return { ok: true, value: { start: Number(start), end: Number(end) } };
}

export function addressOf(session: Session, text: string): Found<number> {
  const range = rangeOf(session, text);
  return range.ok ? { ok: true, value: range.value.start } : range;
}

function valueOf(session: Session, text: string): Found<{ start: bigint; end: bigint }> {
  if (text === "") return { ok: false, message: "An address is needed" };
  if (/^(0x[0-9a-f]+|\d+)$/i.test(text)) {
    const start = BigInt(text);
    return { ok: true, value: { start, end: start + 1n } };
  }
  const source = new SourceText(QUESTION, "", `show ${text}`);
  const { script, diagnostics } = parse(source);
  const [wrong] = diagnostics;
  if (wrong !== undefined) return { ok: false, message: wrong.message };
  const executor = executorAt(branchOf(session), session.cursor);
  const at = executor.records.length;
  for (const _ of executor.run(source, script.body.slice(0, 1))) { /* only the answer matters */ }
  const record = executor.records[at];
  if (record?.problem !== undefined) return { ok: false, message: record.problem.message };
  const shown = record?.shown;
  const value = shown?.kind === "value" ? shown.value : undefined;
  if (value?.kind === "range") return { ok: true, value };
  if (value?.kind === "integer") {
    return { ok: true, value: { start: value.value, end: value.value + 1n } };
  }
  return { ok: false, message: `\`${text}\` is no address` };
}

/** The number of a text that no session keeps. */
const QUESTION = -1;
