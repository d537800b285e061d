/** The session as a script, the statement at the cursor marked, and the one inside it that runs. */
import { atEnd, lineOfRecord, type ScriptLine, scriptLinesOf } from "../../session/mod.ts";
import { codeLine } from "../code.ts";
import type { Scene } from "../scene.ts";
import { type Class, line, pad, padLeft, piece, type StyledLine } from "../styled.ts";
import type { PaneView } from "./pane.ts";

export const scriptPane: PaneView = {
  pane: "script",
  about: ({ session }) => session.file ?? "",
  draw: drawScript,
};

function drawScript(
  scene: Scene,
  width: number,
  height: number,
  scroll: number,
): StyledLine[] {
  const { branch, session } = scene;
  const { lines } = scriptLinesOf(branch);
  if (lines.length === 0) {
    return [line("Nothing yet. What you type becomes", "dim"), line("a script here.", "dim")];
  }
  const current = currentLine(scene);
  const wanted = scroll > 0 ? scroll - 1 : firstScriptLine(scene, height);
  const first = Math.max(0, Math.min(wanted, lines.length - height));
  const digits = String(lines.length).length;
  const stops = breakLines(scene);
  return lines.slice(first, first + height).map((row, i) => {
    const number = first + i;
    const here = number === current;
    const mark = here
      ? piece("▶", "current")
      : stops.has(number)
      ? piece("●", "bad")
      : statusOf(scene, row);
    const gutter = [
      piece(`${padLeft(String(number + 1), digits)} `, here ? "current" : "dim"),
      mark,
      piece(" ", here ? "current" : "plain"),
    ];
    const ahead = row.entry > session.cursor.entry;
    if (here) return [...gutter, piece(pad(row.text, width - digits - 3), "current")];
    if (ahead) return [...gutter, piece(row.text, "dim")];
    return [...gutter, ...codeLine(row.text, session.model)];
  });
}

/** The first line that is shown while the pane follows the cursor, which stands in the middle. */
export function firstScriptLine(scene: Scene, height: number): number {
  const { lines, heads } = scriptLinesOf(scene.branch);
  const line = currentLine(scene) ?? heads[scene.session.cursor.entry] ?? 0;
  return Math.max(0, Math.min(line - Math.floor(height / 2), lines.length - height));
}

/** How a statement that has run ended, beside its first line. */
function statusOf({ branch, session }: Scene, { entry, head }: ScriptLine): StyledLine[number] {
  if (!head || entry > session.cursor.entry) return piece(" ");
  if (entry === session.cursor.entry && !atEnd(branch.entries, session.cursor)) {
    return piece("…", "note");
  }
  const { record: index, cut } = branch.entries[entry]!;
  // The branch left it before its end.
  if (cut) return piece("…", "warn");
  const record = branch.executor.records[index];
  const bad = record?.failure !== undefined || record?.problem !== undefined;
  const as: Class = bad ? "bad" : "good";
  return piece(bad ? "✗" : "✓", as);
}

/** The line of the innermost statement that made the last event; of the statement itself if it has ended. */
function currentLine({ branch, step, session, entry }: Scene): number | undefined {
  if (entry === undefined) return undefined;
  const { heads } = scriptLinesOf(branch);
  const head = heads[session.cursor.entry]!;
  if (step <= entry.from) return head;
  const { executor } = branch;
  const record = executor.records[executor.timeline.statementAt(step)];
  const line = record === undefined
    ? undefined
    : lineOfRecord(branch, session.cursor.entry, record);
  return line === undefined ? head : line - 1;
}

/** Lines with a breakpoint. */
function breakLines({ session, branch }: Scene): ReadonlySet<number> {
  const found = new Set<number>();
  if (session.breakpoints.length === 0) return found;
  const { heads, lines } = scriptLinesOf(branch);
  for (const breakpoint of session.breakpoints) {
    if (breakpoint.kind === "line") found.add(breakpoint.line - 1);
    if (breakpoint.kind !== "statement") continue;
    for (const head of heads) {
      if (lines[head]!.text.trimStart().startsWith(`${breakpoint.head} `)) found.add(head);
    }
  }
  return found;
}
