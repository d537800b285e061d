/** What surrounds the panes: the line on top, the progress of a long run, hints on the bottom. */
import { atEnd, type Session } from "../session/mod.ts";
import { row, spread } from "./box.ts";
import { count } from "./numbers.ts";
import type { Scene } from "./scene.ts";
import { type Class, line, type Piece, piece, type StyledLine } from "./styled.ts";

/** What is open, what runs on which machine; where the cursor stands. */
export function headerLine(scene: Scene, width: number): StyledLine {
  const { session, machine } = scene;
  const left: Piece[] = [piece(" kx ", "current"), piece(" ")];
  left.push(piece(session.file ?? "unnamed session", "strong"));
  if (session.unsaved) left.push(piece(" +", "warn"));
  if (machine.name !== "") {
    const system = machine.system;
    left.push(
      piece("  "),
      piece(system === undefined ? "nothing booted" : `${system.world} ${system.version}`, "note"),
      piece(width >= NARROW ? ` on ${machine.name}` : "", "dim"),
      piece("  "),
      piece(machine.power, powerClass(machine.power)),
    );
  }
  return spread(left, whereLine(scene, width >= NARROW), width);
}

/** Below this the place is told in fewer words. */
const NARROW = 100;

function whereLine({ session, branch, step }: Scene, full: boolean): StyledLine {
  const pieces: Piece[] = [];
  if (session.tour !== undefined) {
    pieces.push(piece(`tour ${session.tour.at + 1}/${session.tour.stops.length}  `, "key"));
  }
  if (session.branches.length > 1) {
    pieces.push(
      piece(`branch ${branch.id}${full ? ` of ${session.branches.length}` : ""}  `, "note"),
    );
  }
  const { entry } = session.cursor;
  if (branch.entries.length > 0) {
    const isPast = entry < branch.entries.length - 1 || !atEnd(branch.entries, session.cursor);
    if (isPast) pieces.push(piece(full ? "in the past  " : "past  ", "warn"));
    if (full) pieces.push(piece(`statement ${entry + 1}/${branch.entries.length}  `, "dim"));
  }
  return [...pieces, piece(`step ${count(step)}/${count(branch.length)} `, "strong")];
}

function powerClass(power: string): Class {
  switch (power) {
    case "running":
      return "good";
    case "new-image":
      return "note";
    case "off":
    case "on":
      return "dim";
    default:
      return "bad";
  }
}

const TURNS = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"] as const;

/** What runs, how far it is, and how to stop it; undefined while nothing does. */
export function progressLine({ running }: Session, width: number): StyledLine | undefined {
  if (running === undefined) return undefined;
  // Turned by the work itself: what stands still does not pretend to move.
  const turn = TURNS[Math.floor(running.ticks / 64) % TURNS.length]!;
  const done = running.steps > 0 ? `${count(running.steps)} steps` : "";
  const looked = running.ticks > running.steps ? `, ${count(running.ticks)} looked at` : "";
  const left = [
    piece(` ${turn} `, "key"),
    piece(running.what.split("\n", 1)[0]!, "strong"),
    piece(`  ${done}${looked}`, "note"),
  ];
  const right = running.cancelled
    ? [piece("stopping … ", "warn")]
    : [piece("Ctrl-C", "key"), piece(" stops it ", "dim")];
  return spread(left, right, width);
}

export interface Hint {
  readonly key: string;
  readonly does: string;
}

export function hintLine(hints: readonly Hint[], width: number): StyledLine {
  const items = hints.map(({ key, does }) => [piece(key, "key"), piece(` ${does}`, "dim")]);
  return [piece(" "), ...row(items, width - 2)];
}

/** Said in place of the hints. */
export function noticeLine(text: string, as: Class): StyledLine {
  return line(` ${text}`, as);
}
