/** Looking at the purgatory of an image that is loaded and waits: its table, and whether it would be content. */
import {
  type Answer,
  type Image,
  imageIn,
  type Machine,
  type QueryShape,
  readMemoryInto,
  type Slot,
} from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import { decodeList } from "../execution/mod.ts";
import { answer, hex, span } from "../routine/mod.ts";
import { hashedBytes, MOST_HASHED } from "./digest.ts";
import { layoutOf } from "./layout.ts";
import { hexOf, sha256 } from "./sha256.ts";
import { decodeTable, type Table, TABLE_SIZE } from "./table.ts";
import { describeSize } from "./words.ts";

const SLOT = { name: "slot", type: "word", choices: ["default", "crash"] } as const;

export const PURGATORY_QUERIES: readonly QueryShape[] = [
  {
    pattern: ["purgatory", "of", SLOT],
    summary: "what the loader left in the image's purgatory, read back from memory",
    answer: (machine, args) => {
      const image = imageIn(machine, args.slot as Slot);
      const table = image === undefined ? undefined : waitingTable(machine, image);
      return table === undefined
        ? answer.NOTHING
        : { kind: "text", value: describeTable(image!, table) };
    },
  },
  {
    pattern: ["digest", "of", SLOT],
    summary:
      "what the image's purgatory would find if it ran now: `matches`, `differs` or `unchecked`",
    answer: (machine, args) => digestNow(machine, args.slot as Slot),
  },
];

/** Physical bytes in which a run of destination bytes waits until the jump. */
interface Waiting {
  readonly maddr: number;
  readonly length: number;
}

/** A crash image lies where it belongs; a default image in source pages, by its list. */
function* waiting(
  machine: Machine,
  image: Image,
  start: number,
  length: number,
): Generator<Waiting, void, void> {
  if (image.slot === "crash") {
    yield { maddr: start, length };
    return;
  }
  const { destinations, sources } = decodeList(machine, image.head);
  for (const [i, { dest, firstSource }] of destinations.entries()) {
    const end = destinations[i + 1]?.firstSource ?? sources.length;
    const from = Math.max(start, dest);
    const to = Math.min(start + length, dest + (end - firstSource) * PAGE_SIZE);
    for (let at = from; at < to;) {
      const first = firstSource + Math.floor((at - dest) / PAGE_SIZE);
      const offset = (at - dest) % PAGE_SIZE;
      let last = first;
      let here = PAGE_SIZE - offset;
      while (at + here < to && sources[last + 1] === sources[last]! + 1) {
        last++;
        here += PAGE_SIZE;
      }
      here = Math.min(here, to - at);
      yield { maddr: sources[first]! * PAGE_SIZE + offset, length: here };
      at += here;
    }
  }
}

function waitingTable(machine: Machine, image: Image): Table | undefined {
  if (image.purgatory === undefined) return undefined;
  const layout = layoutOf(image.purgatory.kind);
  const bytes = new Uint8Array(TABLE_SIZE);
  let filled = 0;
  for (const run of waiting(machine, image, image.purgatory.at + layout.table, TABLE_SIZE)) {
    readMemoryInto(machine, run.maddr, bytes.subarray(filled, filled + run.length));
    filled += run.length;
  }
  return decodeTable(bytes, layout);
}

const PIECE = 1 << 20;

function digestNow(machine: Machine, slot: Slot): Answer {
  const image = imageIn(machine, slot);
  const table = image === undefined ? undefined : waitingTable(machine, image);
  if (image === undefined || table === undefined) return answer.NOTHING;
  const word = (value: string) => ({ kind: "word", value }) as const;
  const regions = table.regions.filter((r) => r.length > 0n);
  if (table.skipChecks || hashedBytes(regions) > MOST_HASHED) return word("unchecked");
  const hash = sha256();
  const buffer = new Uint8Array(PIECE);
  for (const { start, length } of regions) {
    for (const run of waiting(machine, image, Number(start), Number(length))) {
      for (let done = 0; done < run.length; done += PIECE) {
        const piece = buffer.subarray(0, Math.min(PIECE, run.length - done));
        readMemoryInto(machine, run.maddr + done, piece);
        hash.update(piece);
      }
    }
  }
  return word(hexOf(hash.digest()) === hexOf(table.digest) ? "matches" : "differs");
}

function describeTable(image: Image, table: Table): string {
  const { kind, at } = image.purgatory!;
  const layout = layoutOf(kind);
  const lines = [
    `${kind} at ${span(at, at + layout.memory)}, entered at ${hex(image.entryPoint)}`,
    table.skipChecks
      ? "digests are not checked"
      : hashedBytes(table.regions) > MOST_HASHED
      ? "digest   not computed: kx compares what is there with what was loaded"
      : `SHA-256  ${hexOf(table.digest)}`,
  ];
  for (const { start, length } of table.regions) {
    if (length === 0n) continue;
    const name = image.segments.find((s) => BigInt(s.dest) === start)?.name ?? "no segment";
    lines.push(`region   ${span(start, start + length)}  ${describeSize(length)}  ${name}`);
  }
  const { from, to, length } = table.backup;
  if (table.isPanicKernel) {
    lines.push(`backup   ${span(from, from + length)} to ${hex(to)}`);
  }
  const set = Object.entries(table.entry64).filter(([, value]) => value !== 0n);
  lines.push(`enters   ${set.map(([name, value]) => `${name} ${hex(value)}`).join(", ")}`);
  if (layout.entry32 !== undefined && table.entry64.rip === BigInt(at + layout.entry32)) {
    const low = Object.entries(table.entry32).filter(([, value]) => value !== 0n);
    lines.push(`then     ${low.map(([name, value]) => `${name} ${hex(value)}`).join(", ")}`);
  }
  if (table.cmdlineEnd !== 0n) {
    lines.push(`tells    the jump-back entry at ${hex(table.cmdlineEnd)}`);
  }
  return lines.join("\n");
}
