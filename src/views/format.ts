/** How numbers and ranges look in every view: one way, so that columns line up and greps work. */
import { describeBytes } from "../check/mod.ts";
import { PAGE_SIZE, type Range } from "../memory/mod.ts";
import type { FrameList } from "../machine/mod.ts";

/** `0x1a000000`. Twelve digits at most on today's machines; never padded, so that it can be pasted. */
export function address(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}

/** `0x1000 .. 0x3000`, half-open as in the language. Bytes. */
export function byteRange(range: Range): string {
  return `${address(range.start)} .. ${address(range.end)}`;
}

export function frameRange(start: number, end: number): string {
  return byteRange({ start: start * PAGE_SIZE, end: end * PAGE_SIZE });
}

export function size(bytes: number): string {
  return describeBytes(bytes);
}

export function pages(count: number): string {
  return `${count} page${count === 1 ? "" : "s"}`;
}

export function countFrames(frames: FrameList): number {
  let total = 0;
  for (let i = 0; i < frames.length; i += 2) total += frames[i + 1]! - frames[i]!;
  return total;
}

/** `0x1000 .. 0x3000 (2 pages)`; many runs are told by the first, the last and their number. */
export function frameList(frames: FrameList): string {
  const runs = frames.length / 2;
  if (runs === 0) return "nothing";
  const count = pages(countFrames(frames));
  if (runs === 1) return `${frameRange(frames[0]!, frames[1]!)} (${count})`;
  return `${count} in ${runs} runs, ${frameRange(frames[0]!, frames[1]!)} … ${
    frameRange(frames[frames.length - 2]!, frames[frames.length - 1]!)
  }`;
}

/** Breaks words over lines of at most `width`, each after `indent`. */
export function wrap(text: string, width: number, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(" ")) {
    if (line.length > indent.length && line.length + 1 + word.length > width) {
      lines.push(line);
      line = indent;
    }
    line += line.length > indent.length ? ` ${word}` : word;
  }
  lines.push(line);
  return lines;
}

/** Left-aligned columns, two spaces between, the last one free. */
export function table(rows: readonly (readonly string[])[], indent = ""): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.slice(0, -1).forEach((cell, i) => widths[i] = Math.max(widths[i] ?? 0, cell.length));
  }
  return rows.map((row) =>
    (indent +
      row.map((cell, i) => i === row.length - 1 ? cell : cell.padEnd(widths[i]!)).join("  "))
      .trimEnd()
  );
}
