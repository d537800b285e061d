/**
 * What the bytes of a page mean, where their owner or their first bytes tell: entries of an
 * indirection list, of a page table, and the structures that kernels leave for each other.
 */
import type { OwnerKind } from "../../machine/mod.ts";
import { hex } from "../numbers.ts";
import { line, piece, type StyledLine } from "../styled.ts";
import { STRUCTURES } from "./page_structures.ts";

const PAGE = 4096;

/** Nothing if nobody can tell. `bytes` is the whole page. */
export function decodePage(bytes: Uint8Array, owner: OwnerKind | undefined): StyledLine[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (owner === "indirection") return listEntries(view);
  if (owner === "page-table") return tableEntries(view);
  for (const known of STRUCTURES) {
    if (known.is(view)) return [line(known.name, "title"), ...known.fields(view)];
  }
  return [];
}

/** Flag bits of an entry, as processors' manuals call them. */
const FLAGS: readonly (readonly [bigint, string])[] = [
  [0x1n, "P"],
  [0x2n, "RW"],
  [0x4n, "US"],
  [0x8n, "PWT"],
  [0x10n, "PCD"],
  [0x20n, "A"],
  [0x40n, "D"],
  [0x80n, "PS"],
  [0x100n, "G"],
  [1n << 63n, "NX"],
];

export function flagNames(entry: bigint): string {
  const names = FLAGS.filter(([bit]) => (entry & bit) !== 0n).map(([, name]) => name);
  return names.length === 0 ? "-" : names.join(" ");
}

const ADDRESS = 0x000f_ffff_ffff_f000n;

interface Run {
  readonly first: number;
  count: number;
  readonly kind: string;
  readonly value: bigint;
  readonly flags: bigint;
}

/** An indirection list; `zero`, which only Xen has, clears the next destination. What follows `done` is no part of it. */
function listEntries(view: DataView): StyledLine[] {
  const runs: Run[] = [];
  for (let i = 0; i < PAGE / 8; i++) {
    const word = view.getBigUint64(i * 8, true);
    const value = word & ~0xfffn;
    const kind = (word & 1n) !== 0n
      ? "destination"
      : (word & 2n) !== 0n
      ? "indirection"
      : (word & 4n) !== 0n
      ? "done"
      : (word & 8n) !== 0n
      ? "source"
      : (word & 16n) !== 0n
      ? "zero"
      : "empty";
    const last = runs.at(-1);
    const goes = last?.kind === kind &&
      (kind === "empty" || kind === "zero" ||
        (kind === "source" && last.value + BigInt(last.count * PAGE) === value));
    if (goes) last!.count++;
    else runs.push({ first: i, count: 1, kind, value, flags: word & 0xfffn });
  }
  return [
    line("indirection list", "title"),
    ...runs.map(({ first, count, kind, value }) => [
      piece(`[${String(first).padStart(3)}] `, "dim"),
      piece(kind.padEnd(12), kind === "empty" ? "dim" : "keyword"),
      ...(kind === "empty" || kind === "zero" || kind === "done"
        ? []
        : [piece(hex(value), "address")]),
      piece(count > 1 ? `  ${count} ${kind === "empty" ? "words" : "pages"}` : "", "dim"),
    ]),
  ];
}

function tableEntries(view: DataView): StyledLine[] {
  const runs: (Run & { step: bigint })[] = [];
  for (let i = 0; i < PAGE / 8; i++) {
    const word = view.getBigUint64(i * 8, true);
    const value = word & ADDRESS;
    const flags = word & ~ADDRESS;
    const kind = (word & 1n) !== 0n ? "present" : word === 0n ? "empty" : "absent";
    const last = runs.at(-1);
    if (last?.kind === kind && last.flags === flags) {
      if (last.count === 1) last.step = value - last.value;
      if (value === last.value + last.step * BigInt(last.count)) {
        last.count++;
        continue;
      }
    }
    runs.push({ first: i, count: 1, kind, value, flags, step: 0n });
  }
  return [
    line("page table", "title"),
    ...runs.map(({ first, count, kind, value, flags, step }) => [
      piece(
        count > 1
          ? `[${String(first).padStart(3)}‥${first + count - 1}] `
          : `[${String(first).padStart(3)}] `,
        "dim",
      ),
      ...(kind === "empty" ? [piece("empty", "dim")] : [
        piece(hex(value), "address"),
        piece(count > 1 && step > 0n ? ` +${hex(step)}…` : "", "dim"),
        piece(` ${flagNames(flags)}`, kind === "present" ? "number" : "warn"),
      ]),
    ]),
  ];
}
