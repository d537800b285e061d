/** Where a segment's bytes come from: the labels of a `segment` clause, made into a buffer. */
import { type FileBytes, type Recipe, UNWRITTEN, ZEROS } from "./content.ts";
import type { UserBuffer } from "./image.ts";
import type { Program } from "./program.ts";
import type { Param } from "./vocabulary.ts";
import type { ArgValue } from "./world.ts";

/** At most one of these stands in a clause, `offset`, `length` and `readable` beside it. */
export const SOURCE_PARAMS: readonly Param[] = [
  { name: "fill", type: "integer", summary: "one byte, repeated" },
  { name: "zeros", type: "flag", summary: "zero bytes" },
  { name: "text", type: "text", summary: "the text, in UTF-8" },
  { name: "hex", type: "text", summary: 'bytes as hex digits: "90 90 c3"' },
  { name: "pattern", type: "integer", summary: "bytes that follow from a seed" },
  { name: "file", type: "file", summary: "bytes of a file" },
  { name: "program", type: "program", summary: "a program's code and variables" },
  { name: "offset", type: "size", summary: "where in the file to begin" },
  { name: "length", type: "size", summary: "how many bytes of the file" },
  {
    name: "readable",
    type: "size",
    summary: "how many bytes of the buffer can be read before a fault",
  },
  {
    name: "buf",
    type: "word",
    choices: ["null", "unmapped", "kernel_pointer"],
    summary: "a pointer that cannot be read",
  },
];

/** Pointers that cannot be read: nowhere, in the first page, in what a kernel or hypervisor keeps. */
const POINTERS: Readonly<Record<string, bigint>> = {
  null: 0n,
  unmapped: 0x10n,
  kernel_pointer: 0xffff_8300_0000_1000n,
};

/** `bufferSize` bytes are readable unless `readable` or `buf` says otherwise. */
export function bufferFromArgs(
  args: Readonly<Record<string, ArgValue>>,
  bufferSize: bigint,
): UserBuffer {
  if (typeof args.buf === "string") {
    return { recipe: UNWRITTEN, readable: 0, label: args.buf, pointer: POINTERS[args.buf] ?? 0n };
  }
  const { recipe, label, size } = sourceOf(args);
  const natural = size ?? Number(bufferSize);
  const readable = typeof args.readable === "bigint" ? Number(args.readable) : natural;
  return { recipe, readable, label };
}

/** How many bytes the source itself has, where it has a size: text, hex, a part of a file. */
export function naturalSize(args: Readonly<Record<string, ArgValue>>): number | undefined {
  return sourceOf(args).size;
}

function sourceOf(
  args: Readonly<Record<string, ArgValue>>,
): { recipe: Recipe; label: string; size?: number } {
  if (args.program !== undefined) {
    const { name, bytes } = args.program as Program;
    return { recipe: { kind: "literal", bytes }, label: `program ${name}`, size: bytes.length };
  }
  if (typeof args.fill === "bigint") {
    const byte = Number(args.fill & 0xffn);
    return {
      recipe: { kind: "fill", byte },
      label: `fill 0x${byte.toString(16).padStart(2, "0")}`,
    };
  }
  if (typeof args.text === "string") {
    const bytes = new TextEncoder().encode(args.text);
    return {
      recipe: { kind: "literal", bytes },
      label: JSON.stringify(args.text),
      size: bytes.length,
    };
  }
  if (typeof args.hex === "string") {
    const bytes = hexBytes(args.hex) ?? new Uint8Array(0);
    return { recipe: { kind: "literal", bytes }, label: `hex ${args.hex}`, size: bytes.length };
  }
  if (typeof args.pattern === "bigint") {
    return { recipe: { kind: "pattern", seed: args.pattern }, label: `pattern ${args.pattern}` };
  }
  if (args.file !== undefined) {
    const file = args.file as FileBytes;
    const offset = typeof args.offset === "bigint" ? Number(args.offset) : 0;
    const rest = Math.max(0, file.size - offset);
    const length = typeof args.length === "bigint" ? Math.min(Number(args.length), rest) : rest;
    return {
      recipe: { kind: "file", file, offset, length },
      label: `file ${JSON.stringify(file.name)}`,
      size: length,
    };
  }
  return { recipe: ZEROS, label: "zeros" };
}

/** Bytes of `90 90 c3` or `9090c3`; undefined if it is not pairs of hex digits. */
export function hexBytes(text: string): Uint8Array | undefined {
  const digits = text.replace(/[\s_]/g, "");
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) return undefined;
  const bytes = new Uint8Array(digits.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(digits.slice(2 * i, 2 * i + 2), 16);
  return bytes;
}
