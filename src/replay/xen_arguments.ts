/** From an operation of a Xen recording to a sentence of the Xen world. */
import type { ArgValue, Clause, FileBytes } from "../machine/mod.ts";
import { integerOf, isObjects, type JsonObject, type JsonValue } from "./format.ts";

/** A sentence, or why the operation cannot be replayed. */
export type XenStep =
  | { readonly operation: Clause; readonly words?: readonly { at: number; value: bigint }[] }
  | { readonly problem: string };

export function xenStep(op: JsonObject): XenStep {
  switch (op.op) {
    case "load":
      return loadStep(op);
    case "exec":
    case "unload":
    case "unload_v1":
    case "status":
      return typed(String(op.op), op.type);
    case "subop":
      return sentence({ op: "number", nr: integerOf(op.cmd) ?? 0n });
    case "get_range": {
      const range = signed(op.range);
      const nr = signed(op.nr);
      if (range === undefined || nr === undefined) return { problem: "`range` is no number" };
      return sentence({ op: "get_range", nr, ...pointer(op.ptr) }, [number("type", range)]);
    }
    case "load_v1":
      return loadV1(op);
    default:
      return { problem: `operations of kind ${JSON.stringify(op.op)} are not known` };
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
function typed(op: string, type: JsonValue | undefined): XenStep {
  const value = signed(type);
  return value === undefined
    ? sentence({ op, ...pointer(type) })
    : sentence({ op }, [number("type", value)]);
}

function signed(value: JsonValue | undefined): bigint | undefined {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  return integerOf(value);
}

function loadStep(op: JsonObject): XenStep {
  const clauses: Clause[] = [];
  for (const field of ["type", "arch", "entry"]) {
    const value = signed(op[field]);
    if (value === undefined) return { problem: `\`${field}\` is no number` };
    clauses.push(number(field, value));
  }
  const count = integerOf(op.nr_segments);
  if (count !== undefined) clauses.push(number("nr_segments", count));
  if (!isObjects(op.segments)) return { problem: "`segments` is no list of objects" };
  for (const segment of op.segments) {
    const args = segmentArgs(segment);
    if (typeof args === "string") return { problem: args };
    clauses.push({ head: "segment", args, clauses: [] });
  }
  if (op.ptr === "badload") return sentence({ op: "load", pointer: "unmapped" }, clauses);
  if (typeof op.ptr === "string") {
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
  if (/^x0x[0-9a-f]+$/i.test(buf)) return { pointer: BigInt(buf.slice(1)) };
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
  const entry = integerOf(op.entry);
  const page = integerOf(op.indirection_page);
  if (type === undefined || entry === undefined || page === undefined) {
    return { problem: "a number of a v1 load is none" };
  }
  const bytes = new Uint8Array(160);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, Number(type), true);
  view.setBigUint64(144, page, true);
  view.setBigUint64(152, entry, true);
  const list = Array.isArray(op.indirection) ? op.indirection : [];
  const base = Number(page & ~0xfffn);
  const hex = [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
  return {
    operation: {
      head: "hypercall",
      args: { op: "load_v1", bytes: hex, ...pointer(op.ptr) },
      clauses: [],
    },
    words: list.map((word, i) => ({ at: base + i * 8, value: integerOf(word) ?? 0n })),
  };
}
