/** Values of expressions, how they compare and how they are written. */
import type { Answer } from "../machine/mod.ts";

export type Value = Answer;

export function integer(value: bigint, style: "hex" | "decimal" = "decimal"): Value {
  return { kind: "integer", value, style };
}

export function word(value: string): Value {
  return { kind: "word", value };
}

export function text(value: string): Value {
  return { kind: "text", value };
}

export function boolean(value: boolean): Value {
  return { kind: "boolean", value };
}

export const NOTHING: Value = { kind: "nothing" };

/** What a person calls the kind of a value, for messages. */
export function kindName(value: Value): string {
  switch (value.kind) {
    case "integer":
      return "a number";
    case "text":
      return "a text";
    case "word":
      return `the word \`${value.value}\``;
    case "boolean":
      return "true or false";
    case "range":
      return "a range";
    case "list":
      return "a list";
    case "bytes":
      return "bytes";
    case "nothing":
      return "nothing";
  }
}

/**
 * Whether two values are equal. A word equals a text of the same letters (an owner's label may be
 * written either way), and bytes equal a text with those bytes in UTF-8.
 */
export function equal(a: Value, b: Value): boolean {
  if (a.kind === "bytes" && b.kind === "text") {
    return sameBytes(a.value, new TextEncoder().encode(b.value));
  }
  if (b.kind === "bytes" && a.kind === "text") return equal(b, a);
  const named = (v: Value): string | undefined =>
    v.kind === "word" || v.kind === "text" ? v.value : undefined;
  const left = named(a);
  if (left !== undefined && left === named(b)) return true;
  // `errno is 0`: the success of an operation is written as a number and kept as a word.
  if (a.kind === "word" && b.kind === "integer") return a.value === String(b.value);
  if (b.kind === "word" && a.kind === "integer") return equal(b, a);
  if (a.kind === "boolean" && b.kind === "integer") return (a.value ? 1n : 0n) === b.value;
  if (b.kind === "boolean" && a.kind === "integer") return equal(b, a);
  if (a.kind !== b.kind) return false;
  switch (a.kind) {
    case "integer":
    case "boolean":
      return a.value === (b as typeof a).value;
    case "range":
      return a.start === (b as typeof a).start && a.end === (b as typeof a).end;
    case "bytes":
      return sameBytes(a.value, (b as typeof a).value);
    case "list": {
      const items = (b as typeof a).items;
      return a.items.length === items.length && a.items.every((item, i) => equal(item, items[i]!));
    }
    case "nothing":
      return true;
    case "text":
    case "word":
      return false;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

export function hex(value: bigint | number, digits = 1): string {
  return `0x${value.toString(16).padStart(digits, "0")}`;
}

/** As it would be written in a script. */
export function show(value: Value): string {
  switch (value.kind) {
    case "integer":
      return value.style === "hex" || (value.style === undefined && value.value > 9n)
        ? hex(value.value)
        : String(value.value);
    case "text":
      return JSON.stringify(value.value);
    case "word":
      return value.value;
    case "boolean":
      return String(value.value);
    case "range":
      return `${hex(value.start)} .. ${hex(value.end)}`;
    case "list":
      return `[${value.items.map(show).join(", ")}]`;
    case "bytes":
      return [...value.value.subarray(0, 64)].map((b) => b.toString(16).padStart(2, "0")).join(
        " ",
      ) +
        (value.value.length > 64 ? ` … (${value.value.length} bytes)` : "");
    case "nothing":
      return "nothing";
  }
}
