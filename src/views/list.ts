/** The indirection list, decoded from the bytes that are in memory now. */
import { imageIn, type Machine, readWord, type Slot } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { address, pages } from "./format.ts";

const DESTINATION = 1n;
const INDIRECTION = 2n;
const DONE = 4n;
const SOURCE = 8n;
const ZERO = 16n;
const FLAGS = 0xfffn;

/** A list longer than this is cyclic or senseless: no image has so many pages on any machine. */
const LONGEST = 1 << 26;
/** Lines after which the rest is summed up. */
const MOST_LINES = 100;

export function renderList(machine: Machine, slot: Slot): string[] {
  const image = imageIn(machine, slot);
  if (image === undefined) return [`the ${slot} slot is empty`];
  const lines: string[] = [`head ${address(image.head)}`];
  let word = image.head;
  let at = -1;
  let dest = 0n;
  let run: { dest: bigint; source: bigint; count: number } | undefined;
  let zeros = { dest: 0n, count: 0 };
  // Xen keeps the address of the first page, without a flag, and knows one kind of word more.
  const isXen = word !== 0n && (word & FLAGS) === 0n;
  if (isXen) word |= INDIRECTION;
  const flush = (): void => {
    if (zeros.count > 0) {
      lines.push(`  zeros        to ${address(zeros.dest)}, ${pages(zeros.count)}`);
      zeros = { dest: 0n, count: 0 };
    }
    if (run === undefined) return;
    lines.push(
      `  source       ${address(run.source)} to ${address(run.dest)}` +
        (run.count > 1 ? `, ${pages(run.count)}` : ""),
    );
    run = undefined;
  };
  for (let i = 0; i < LONGEST; i++) {
    const target = word & ~FLAGS;
    if ((word & DESTINATION) !== 0n) {
      flush();
      dest = target;
      lines.push(`  destination  ${address(target)}`);
    } else if ((word & INDIRECTION) !== 0n) {
      flush();
      lines.push(`  indirection  ${address(target)}`);
      at = Number(target) - 8;
    } else if ((word & DONE) !== 0n) {
      flush();
      lines.push("  done");
      return shortened(lines);
    } else if (isXen && (word & (SOURCE | ZERO)) === ZERO) {
      if (zeros.count === 0) {
        flush();
        run = undefined;
        zeros = { dest, count: 0 };
      }
      zeros.count++;
      dest += BigInt(PAGE_SIZE);
    } else if ((word & SOURCE) !== 0n) {
      if (zeros.count > 0) flush();
      if (
        run !== undefined && run.source + BigInt(run.count * PAGE_SIZE) === target &&
        run.dest + BigInt(run.count * PAGE_SIZE) === dest
      ) run.count++;
      else {
        flush();
        run = { dest, source: target, count: 1 };
      }
      dest += BigInt(PAGE_SIZE);
    }
    if (at < 0) break;
    at += 8;
    word = readWord(machine, at);
  }
  flush();
  lines.push("  no end: the list never says done");
  return shortened(lines);
}

function shortened(lines: string[]): string[] {
  if (lines.length <= MOST_LINES) return lines;
  const tail = lines.slice(-3);
  const left = lines.length - MOST_LINES;
  return [...lines.slice(0, MOST_LINES - 3), `  … ${left} lines more`, ...tail];
}
