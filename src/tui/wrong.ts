/** What is wrong with the line that is being typed: marked in it, and told in a few words. */
import { diagnose, type Session } from "../session/mod.ts";
import { type Piece, piece, type StyledLine } from "./styled.ts";

export interface Wrong {
  readonly message: string;
  /** Offsets into the input, UTF-16 units. */
  readonly start: number;
  readonly end: number;
}

/** The first thing that is wrong; nothing while the text is merely unfinished. */
export function wrongSoFar(session: Session): Wrong | undefined {
  const first = diagnose(session).find(({ severity }) => severity === "error");
  if (first === undefined) return undefined;
  const { code, message, span } = first;
  return {
    message: `${code}  ${message}`,
    start: span.start,
    end: Math.max(span.end, span.start + 1),
  };
}

/** Marks the part of a line that is wrong. `offset` is where the line begins in the input. */
export function marked(line: StyledLine, offset: number, wrong: Wrong | undefined): StyledLine {
  if (wrong === undefined) return line;
  const pieces: Piece[] = [];
  let at = offset;
  for (const { text, class: as } of line) {
    const from = Math.max(0, Math.min(text.length, wrong.start - at));
    const to = Math.max(from, Math.min(text.length, wrong.end - at));
    pieces.push(piece(text.slice(0, from), as), piece(text.slice(from, to), "wrong"));
    pieces.push(piece(text.slice(to), as));
    at += text.length;
  }
  return pieces;
}
