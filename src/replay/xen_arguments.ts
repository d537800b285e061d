/** From an operation of a Xen recording to a sentence of the Xen world. */
import type { ArgValue, Clause, FileBytes } from "../machine/mod.ts";
import { integerOf, isObjects, type JsonObject, type JsonValue, show } from "./format.ts";

/** A sentence, or why the operation cannot be replayed. */
export type XenStep =
  | { readonly operation: Clause; readonly words?: readonly { at: number; value: bigint }[] }
  | { readonly problem: string };

/** Fields of each operation; `out` and `result` tell what came of it. */
const FIELDS: Readonly<Record<string, readonly string[]>> = {
  load: ["type", "arch", "entry", "segments", "nr_segments", "ptr"],
  load_v1: ["type", "entry", "indirection_page", "indirection", "ptr"],
  exec: ["type", "ptr"],
  unload: ["type", "ptr"],
  unload_v1: ["type", "ptr"],
  status: ["type", "ptr"],
  subop: ["cmd"],
  get_range: ["range", "nr", "ptr"],
};
const EVERYWHERE = ["op", "out", "result", "note"];

/** The recorder's words for pointers, each of which cannot be read, or not be written. */
const POINTERS = ["null", "bad", "kern", "ro", "badload"];

/** What an operation has that nobody here knows, and that could change its meaning. */
function unknownIn(op: JsonObject): string | undefined {
  const known = FIELDS[String(op.op)];
  if (known === undefined) return `operations of kind ${show(op.op)} are not known`;
  const field = Object.keys(op).find((f) => !EVERYWHERE.includes(f) && !known.includes(f));
  if (field !== undefined) return `the field \`${field}\` of ${op.op} is not known`;
  const word = typeof op.ptr === "string" ? op.ptr : "null";
  const isKnown = POINTERS.includes(word) && (word !== "badload" || /^load/.test(String(op.op)));
  return isKnown ? undefined : `pointers like ${show(word)} are not known`;
}

export function xenStep(op: JsonObject): XenStep {
  const unknown = unknownIn(op);
  if (unknown !== undefined) return { problem: unknown };
  switch (op.op) {
    case "load":
      return loadStep(op);
    case "exec":
    case "unload":
    case "unload_v1":
    case "status":
      return typed(String(op.op), op.type, op.ptr);
    case "subop": {
      const nr = signed(op.cmd);
      if (nr === undefined) return { problem: "`cmd` is no number" };
      return sentence({ op: "number", nr: BigInt.asUintN(64, nr) });
    }
    case "get_range": {
      const range = signed(op.range);
      const nr = signed(op.nr);
      if (range === undefined || nr === undefined) return { problem: "`range` is no number" };
      return sentence({ op: "get_range", nr, ...pointer(op.ptr) }, [number("type", range)]);
    }
    default:
      return loadV1(op);
  }
}

function sentence(args: Readonly<Record<string, ArgValue>>, clauses: Clause[] = []): XenStep {
  return { operation: { head: "hypercall", args, clauses } };
}

function number(head: string, value: bigint): Clause {
  return { head, args: { value }, clauses: [] };
}

function pointer(value: JsonValue | undefined): Record<string, ArgValue> {
  if (value === "null") return { pointer: "null" };
  return typeof value === "string" ? { pointer: "unmapped" } : {};
}

/** A number, or a word in its place for a pointer that cannot be read. */
function typed(op: string, type: JsonValue | undefined, ptr: JsonValue | undefined): XenStep {
  // A type is only read: that its page cannot be written does not matter.
  const bad = ptr === "ro" ? undefined : ptr;
  const value = signed(type);
  if (value !== undefined) return sentence({ op, ...pointer(bad) }, [number("type", value)]);
  const isWord = typeof type === "string" && POINTERS.includes(type) && type !== "ro";
  if (!isWord && typeof bad !== "string") {
    return { problem: `a type like ${show(type)} is not known` };
  }
  return sentence({ op, ...pointer(isWord ? type : bad) });
}

/** Also below 0, and where the number has so many digits that it is a text. */
function signed(value: JsonValue | undefined): bigint | undefined {
  if (typeof value !== "string" || !value.startsWith("-")) return integerOf(value);
  const positive = integerOf(value.slice(1));
  return positive === undefined ? undefined : -positive;
}

function loadStep(op: JsonObject): XenStep {
  const clauses: Clause[] = [];
  for (const field of ["type", "arch", "entry"]) {
    const value = signed(op[field]);
    if (value === undefined) return { problem: `\`${field}\` is no number` };
    clauses.push(number(field, value));
  }
  if (op.nr_segments !== undefined) {
    const count = signed(op.nr_segments);
    if (count === undefined) return { problem: "`nr_segments` is no number" };
    clauses.push(number("nr_segments", BigInt.asUintN(32, count)));
  }
  if (!isObjects(op.segments)) return { problem: "`segments` is no list of objects" };
  for (const segment of op.segments) {
    const args = segmentArgs(segment);
    if (typeof args === "string") return { problem: args };
    clauses.push({ head: "segment", args, clauses: [] });
  }
  if (op.ptr === "badload") return sentence({ op: "load", pointer: "unmapped" }, clauses);
  if (typeof op.ptr === "string" && op.ptr !== "ro") {
    const value = op.ptr === "null" ? "null" : "unmapped";
    clauses.push({ head: "segments_pointer", args: { value }, clauses: [] });
  }
  return sentence({ op: "load" }, clauses);
}

function segmentArgs(segment: JsonObject): Record<string, ArgValue> | string {
  const bufsz = integerOf(segment.buf_size);
  const dest = integerOf(segment.dest_maddr);
  const size = integerOf(segment.dest_size);
  if (bufsz === undefined || dest === undefined || size === undefined) {
    return "a number of a segment is none";
  }
  const source = sourceOf(String(segment.buf), bufsz);
  return typeof source === "string" ? source : { bufsz, dest, size, ...source };
}

/** What the recorder's words for buffers mean. */
function sourceOf(buf: string, size: bigint): Record<string, ArgValue> | string {
  const pattern = /^([ph])([0-9A-Fa-f]{2})(?:\.(\d+))?$/.exec(buf);
  if (pattern !== null) {
    const [, kind, tag, readable] = pattern;
    const file = offsets(parseInt(tag!, 16), size);
    return kind === "h" ? { file, readable: BigInt(readable ?? 0) } : { file };
  }
  // A program whose bytes the recording does not have: not zeros is all that is known of them.
  if (/^f\w+\.bin$/.test(buf)) return { pattern: 0x66n };
  if (buf === "null") return { buf: "null" };
  if (buf === "bad") return { buf: "unmapped" };
  if (buf === "kern") return { buf: "kernel_pointer" };
  const address = /^x(?:0x)?([0-9a-f]{1,16})$/i.exec(buf);
  if (address !== null) return { pointer: BigInt(`0x${address[1]}`) };
  if (/^w([0-9a-f]{2})*$/i.test(buf)) return { hex: buf.slice(1) };
  return `buffers like ${JSON.stringify(buf)} are not known`;
}

/** 64-bit words that hold their own offset, and a tag in the top byte. */
function offsets(tag: number, size: bigint): FileBytes {
  return {
    name: `pattern ${tag.toString(16)}`,
    size: Number(size),
    read(offset, length) {
      const first = Math.floor(offset / 8);
      const words = Math.ceil((offset + length) / 8) - first;
      const halves = new Uint32Array(2 * words);
      for (let i = 0; i < words; i++) {
        halves[2 * i] = (first + i) * 8;
        halves[2 * i + 1] = tag * 2 ** 24;
      }
      return new Uint8Array(halves.buffer, offset - first * 8, length);
    },
  };
}

/** The list lies in machine memory, in the page that the argument names: its low bits are flags at most. */
function loadV1(op: JsonObject): XenStep {
  const type = signed(op.type);
  const entry = signed(op.entry);
  const page = signed(op.indirection_page);
  if (type === undefined || entry === undefined || page === undefined) {
    return { problem: "a number of a v1 load is none" };
  }
  const bytes = new Uint8Array(160);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, Number(type), true);
  view.setBigUint64(144, page, true);
  view.setBigUint64(152, entry, true);
  const list = op.indirection ?? [];
  if (!Array.isArray(list)) return { problem: "`indirection` is no list" };
  const words = list.map(integerOf);
  if (words.includes(undefined)) return { problem: "a word of `indirection` is no number" };
  const base = Number(page & ~0xfffn);
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return {
    operation: {
      head: "hypercall",
      args: { op: "load_v1", bytes: hex, ...pointer(op.ptr === "ro" ? undefined : op.ptr) },
      clauses: [],
    },
    words: words.map((word, i) => ({ at: base + i * 8, value: word ?? 0n })),
  };
}
