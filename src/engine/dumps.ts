/** Memory that is written to a disk, and loaded again: `dump NAME of RANGES`, `image … { dump NAME }`. */
import { DUMP, type MatchedClause } from "../check/mod.ts";
import { closest } from "../diagnostics/mod.ts";
import type { Event, SegmentSpec } from "../machine/mod.ts";
import { alignDown, alignUp, normalize, PAGE_SIZE } from "../memory/mod.ts";
import type { Sentence } from "../syntax/mod.ts";
import { argsOf, type Sources } from "./arguments.ts";
import { matched } from "./matched.ts";
import { complain } from "./evaluate.ts";

/** Pages that a range touches are kept whole. */
export function dumpOf(sentence: Sentence, around: Sources): Event {
  const args = argsOf(matched(sentence, DUMP).args, around);
  if (around.machine.power === "off") {
    complain("KX0106", sentence.span, "No machine runs yet: there is no memory to dump");
  }
  const given = args.of as readonly { start: bigint; end: bigint }[];
  for (const { end } of given) {
    if (end > 1n << 52n) {
      complain("KX0302", sentence.span, "No machine has memory at or beyond 2^52");
    }
  }
  const ranges = normalize(given.map(({ start, end }) => ({
    start: alignDown(Number(start), PAGE_SIZE),
    end: alignUp(Number(end), PAGE_SIZE),
  })));
  return { kind: "memory-dumped", name: String(args.name), ranges };
}

/** One segment for each range, at its own address. */
export function dumpedSegments(clause: MatchedClause, around: Sources): SegmentSpec[] {
  const name = String(argsOf(clause.args, around).name);
  const dump = around.machine.dumps.get(name);
  if (dump === undefined) {
    const meant = closest(name, around.machine.dumps.keys());
    return complain(
      "KX0101",
      clause.sentence.span,
      `Unknown dump \`${name}\``,
      meant === undefined ? "Make it first: `dump NAME of RANGES`" : `Did you mean \`${meant}\`?`,
    );
  }
  const { contents } = dump.machine;
  return dump.ranges.map(({ start, end }, i) => ({
    name: dump.ranges.length === 1 ? name : `${name}_${i}`,
    buffer: {
      recipe: { kind: "memory", dump: name, contents: () => contents, start },
      readable: end - start,
      label: `dump ${name}`,
    },
    bufferSize: BigInt(end - start),
    dest: BigInt(start),
    destSize: BigInt(end - start),
  }));
}
