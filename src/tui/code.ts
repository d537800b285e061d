/** kx text in colour: the tokens of the session's highlighter as pieces. */
import { highlight, type SessionModel, type TokenClass, wordsOf } from "../session/mod.ts";
import { type Class, joined, type Piece, piece, type StyledLine } from "./styled.ts";

const CLASSES: Readonly<Record<TokenClass, Class>> = {
  command: "keyword",
  keyword: "keyword",
  operation: "keyword",
  label: "name",
  name: "plain",
  number: "number",
  address: "address",
  string: "string",
  comment: "comment",
  errno: "warn",
  operator: "dim",
  brace: "dim",
  other: "plain",
};

/** One line of a script. */
export function codeLine(text: string, model: SessionModel): StyledLine {
  return joined(codePieces(text, model));
}

/** A text of any number of lines. Linear in the text. */
export function codeLines(text: string, model: SessionModel): StyledLine[] {
  const lines: Piece[][] = [[]];
  for (const { text: part, class: as } of codePieces(text, model)) {
    for (const [i, row] of part.split("\n").entries()) {
      if (i > 0) lines.push([]);
      lines.at(-1)!.push(piece(row, as));
    }
  }
  return lines.map(joined);
}

function codePieces(text: string, model: SessionModel): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  for (const { start, end, class: as } of highlight(text, wordsOf(model))) {
    if (start > at) pieces.push(piece(text.slice(at, start)));
    pieces.push(piece(text.slice(start, end), CLASSES[as]));
    at = end;
  }
  if (at < text.length) pieces.push(piece(text.slice(at)));
  return pieces;
}
