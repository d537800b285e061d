/**
 * What happened around the cursor: statements, their events, what came of them. Only the lines that
 * are seen are made, outwards from the cursor, so a timeline of a million steps costs what ten do.
 */
import { atEnd, type Branch, type Place } from "../../session/mod.ts";
import { wrapWords } from "../../text/mod.ts";
import { describeEvent } from "../../views/mod.ts";
import { codeLine } from "../code.ts";
import type { Scene } from "../scene.ts";
import { type Class, line, pad, padLeft, type Piece, piece, type StyledLine } from "../styled.ts";
import type { PaneView } from "./pane.ts";

export const transcriptPane: PaneView = {
  pane: "transcript",
  about: ({ branch }) => branch.id === 0 ? "" : `branch ${branch.id}`,
  draw: (scene, width, height, scroll) =>
    drawTranscript(scene, scene.branch, scene.session.cursor, width, height, scroll),
};

/** Lines that the event at the cursor may take. */
const MOST_LINES = 5;

/** Events that are looked at for one line: those without a line of their own are passed over. */
const PATIENCE = 64;

/** As the pane, for any place of any branch. */
export function drawTranscript(
  scene: Scene,
  branch: Branch,
  place: Place,
  width: number,
  height: number,
  scroll: number,
): StyledLine[] {
  if (branch.entries.length === 0) {
    return [line("Nothing has happened yet.", "dim")];
  }
  const { executor } = branch;
  const digits = String(branch.length).length;
  const draw = (row: Row): StyledLine[] => drawRow(scene, branch, place, row, digits, width);
  // The cursor stands low, so that most of what is seen has happened.
  const behind = Math.max(1, Math.floor(height * 0.7)) + scroll;
  const back: StyledLine[] = [];
  let budget = PATIENCE * (height + scroll);
  for (const row of rowsBack(branch, place)) {
    if (budget-- <= 0 || back.length >= Math.max(behind, height + scroll)) break;
    if (row.kind !== "event" || isShown(executor.timeline.eventAt(row.step).kind)) {
      back.push(...draw(row).reverse());
    }
  }
  const seenBack = back.slice(scroll).reverse();
  if (scroll > 0) return seenBack.slice(-height);
  const ahead: StyledLine[] = [];
  budget = PATIENCE * height;
  for (const row of rowsAhead(branch, place)) {
    if (budget-- <= 0 || ahead.length >= height) break;
    if (row.kind !== "event" || isShown(executor.timeline.eventAt(row.step).kind)) {
      ahead.push(...draw(row));
    }
  }
  const below = Math.min(
    ahead.length,
    Math.max(height - seenBack.length, Math.floor(height * 0.3)),
  );
  const above = Math.min(seenBack.length, height - below);
  return [...seenBack.slice(seenBack.length - above), ...ahead.slice(0, height - above)];
}

type Row =
  /** A statement of the script begins. */
  | { readonly kind: "statement"; readonly entry: number }
  | { readonly kind: "event"; readonly step: number; readonly entry: number }
  /** It ended. */
  | { readonly kind: "outcome"; readonly entry: number };

/** From the cursor to the start. */
function* rowsBack(branch: Branch, place: Place): Generator<Row, void, void> {
  for (let entry = place.entry; entry >= 0; entry--) {
    const { from, to } = branch.entries[entry]!;
    const isCurrent = entry === place.entry;
    if (!isCurrent || atEnd(branch.entries, place)) yield* outcomeOf(branch, entry);
    for (let step = isCurrent ? Math.min(place.step, to) : to; step > from; step--) {
      yield { kind: "event", step, entry };
    }
    yield { kind: "statement", entry };
  }
}

/** From the cursor to the end. */
function* rowsAhead(branch: Branch, place: Place): Generator<Row, void, void> {
  for (let entry = Math.max(0, place.entry); entry < branch.entries.length; entry++) {
    const { from, to } = branch.entries[entry]!;
    const isCurrent = entry === place.entry;
    if (isCurrent && atEnd(branch.entries, place)) continue;
    if (!isCurrent) yield { kind: "statement", entry };
    for (let step = isCurrent ? place.step + 1 : from + 1; step <= to; step++) {
      yield { kind: "event", step, entry };
    }
    yield* outcomeOf(branch, entry);
  }
}

function* outcomeOf(branch: Branch, entry: number): Generator<Row, void, void> {
  const record = branch.executor.records[branch.entries[entry]!.record];
  if (record?.outcome !== undefined || record?.failure !== undefined) {
    yield { kind: "outcome", entry };
  }
}

/** Events that only frame others have no line. */
function isShown(kind: string): boolean {
  return kind !== "operation-began" && kind !== "operation-ended";
}

function drawRow(
  { session }: Scene,
  branch: Branch,
  place: Place,
  row: Row,
  digits: number,
  width: number,
): StyledLine[] {
  const { executor, entries } = branch;
  const ahead = row.entry > place.entry || (row.kind === "event" && row.step > place.step) ||
    (row.kind === "outcome" && row.entry === place.entry && !atEnd(entries, place));
  switch (row.kind) {
    case "statement": {
      const { source, span } = entries[row.entry]!;
      const text = source.slice(span).split("\n", 1)[0]!;
      const isHere = row.entry === place.entry && place.step <= entries[row.entry]!.from;
      const mark = piece(isHere ? "▶ " : "  ", "current");
      return [ahead ? [mark, piece(text, "dim")] : [mark, ...codeLine(text, session.model)]];
    }
    case "outcome": {
      const record = executor.records[entries[row.entry]!.record]!;
      // The events that only frame an operation have no line: its end stands for them.
      const isHere = row.entry === place.entry && atEnd(entries, place) &&
        (place.step === 0 || !isShown(executor.timeline.eventAt(place.step).kind));
      const blank = isHere
        ? piece("▶ ".padEnd(digits + 3), "current")
        : piece(" ".repeat(digits + 3));
      if (record.failure !== undefined) {
        return [[blank, piece(`✗ ${record.failure}`, ahead ? "dim" : "bad")]];
      }
      const { ret, note } = record.outcome!;
      const as: Class = ahead ? "dim" : /^[0-9]/.test(ret) ? "good" : "warn";
      return [[blank, piece(`= ${ret}`, as), piece(note === undefined ? "" : `  ${note}`, "dim")]];
    }
    case "event": {
      const told = describeEvent(executor.timeline.eventAt(row.step));
      const here = row.step === place.step && row.entry === place.entry;
      const depth = executor.records[executor.timeline.statementAt(row.step)]?.depth ?? 0;
      const indent = " ".repeat(Math.min(8, 2 * depth));
      const number = padLeft(String(row.step), digits);
      const verb = (told?.verb ?? "").padEnd(11);
      if (here) {
        // All of what happened here, on as many lines as it takes.
        const head = `${number}  ${indent}${verb} `;
        const room = Math.max(12, width - 2 - head.length);
        return wrapWords(told?.detail ?? "", room).slice(0, MOST_LINES).map((text, i) => [
          piece(i === 0 ? "▶ " : "  ", "current"),
          piece(pad((i === 0 ? head : " ".repeat(head.length)) + text, width - 2), "current"),
        ]);
      }
      const pieces: Piece[] = [piece(`  ${number}  ${indent}`, "dim")];
      if (ahead) return [[...pieces, piece(`${verb} ${told?.detail ?? ""}`, "dim")]];
      return [[...pieces, piece(`${verb} `, verbClass(told?.verb)), piece(told?.detail ?? "")]];
    }
  }
}

function verbClass(verb: string | undefined): Class {
  switch (verb) {
    case "refused":
    case "fault":
    case "no memory":
      return "bad";
    case "hazard":
      return "warn";
    case "passed":
    case "log":
      return "dim";
    case "installed":
    case "now":
      return "good";
    default:
      return "name";
  }
}
