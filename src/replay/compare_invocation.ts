/** One start of the payload: registers, mappings, and whatever else it printed. */
import { readWord } from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import {
  compareOther,
  compareRegister,
  type Entry,
  mappedLines,
  pagesFullOf,
  recordedLines,
  type Verdict,
} from "./compare_entry.ts";
import type { FieldCounter } from "./fields.ts";
import { integerOf, isObject, type JsonObject, type JsonValue, show } from "./format.ts";
import type { Difference } from "./report.ts";

export function compareEntryFields(
  entry: Entry,
  recorded: JsonObject,
  counter: FieldCounter,
  unknown: (field: string) => void,
): { differences: Difference[]; compared: number } {
  const differences: Difference[] = [];
  let compared = 0;
  const judge = (field: string, wanted: JsonValue | undefined, verdict: Verdict): void => {
    if (counter.meet(field) === undefined) return unknown(field);
    if (verdict === undefined) return;
    compared++;
    if (verdict === "same") return;
    differences.push({ operation: 0, field, recorded: show(wanted), modelled: verdict.modelled });
  };
  for (const [part, value] of Object.entries(recorded)) {
    if (part === "registers" && isObject(value)) {
      for (const [name, wanted] of Object.entries(value)) {
        const verdict = name === "invocation"
          ? countsAs(entry, wanted)
          : compareRegister(entry, name, value);
        judge(`registers.${name}`, wanted, verdict);
      }
    } else if (part === "mapped") {
      const wanted = recordedLines(value ?? null);
      // A payload that prints little prints no mappings.
      if (wanted.length === 0) continue;
      const modelled = mappedLines(entry);
      judge(
        "mapped",
        wanted,
        show(modelled) === show(wanted) ? "same" : { modelled: show(modelled) },
      );
    } else if (part === "other" && Array.isArray(value)) {
      const lines = value.map(String);
      const scans = lines.filter((line) => line.startsWith("page full of scan word at "));
      const registers = isObject(recorded.registers) ? recorded.registers : {};
      for (const line of lines) {
        if (scans.includes(line)) continue;
        const { field, verdict } = compareOther(entry, line, registers);
        judge(field, line, verdict);
      }
      if (scans.length > 0) judge("other.scan", scans, compareScan(entry, scans));
    } else unknown(part);
  }
  return { differences, compared };
}

/** The payload counts before it prints. */
function countsAs({ machine, cpu }: Entry, wanted: JsonValue | undefined): Verdict {
  const at = Number(machine.processors[cpu]!.rip) + 16;
  const modelled = readWord(machine, at) + 1n;
  return integerOf(wanted) === modelled ? "same" : { modelled: String(modelled) };
}

/** The word that fills the pages is known from where the recorder put it. */
function compareScan({ machine }: Entry, scans: readonly string[]): Verdict {
  const places = scans.map((line) => Number(integerOf(line.split(" at ")[1]) ?? -1n));
  const filled = places.find((at) =>
    machine.contents.get(at / PAGE_SIZE)?.what === "a word, repeated"
  );
  if (filled === undefined) return { modelled: "none of these pages" };
  const frames = pagesFullOf(machine, readWord(machine, filled));
  return frames.length === scans.length ? "same" : { modelled: `${frames.length} pages` };
}
