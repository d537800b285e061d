/** Lines of at most 100 columns from the pieces of a statement and the comments between them. */
import type { Piece } from "./format_pieces.ts";
import type { Comment } from "./tree.ts";

export const WIDTH = 100;

/** Where a statement goes on in a further line: deeper than a block, so that nobody takes it for one. */
const CONTINUATION = "    ";

/** A comment between pieces, and whether it has a line of its own. */
export interface PlacedComment {
  readonly comment: Comment;
  readonly ownLine: boolean;
}

/**
 * All on one line if it fits. If not, lines are filled and broken after commas, where a newline
 * is legal in sentences and in brackets alike; what has no comma stays long. A comment ends its
 * line: the source had a newline there, so one is legal.
 */
export function layLines(
  indent: string,
  pieces: readonly Piece[],
  comments: readonly PlacedComment[],
): string[] {
  const lines: string[] = [];
  let line = indent;
  let isEmpty = true;
  const endLine = () => {
    if (!isEmpty) lines.push(line);
    line = indent + CONTINUATION;
    isEmpty = true;
  };
  let next = 0;
  for (const chunk of chunksOf(pieces, comments)) {
    for (; next < comments.length && comments[next]!.comment.span.start < chunk.at; next++) {
      const { comment: { text }, ownLine } = comments[next]!;
      if (ownLine && !isEmpty) endLine();
      line += isEmpty ? text : `  ${text}`;
      isEmpty = false;
      endLine();
    }
    const space = isEmpty || chunk.tight ? "" : " ";
    if (chunk.mayBreak && !isEmpty && line.length + space.length + chunk.text.length > WIDTH) {
      endLine();
      line += chunk.text;
    } else line += space + chunk.text;
    isEmpty = false;
  }
  if (!isEmpty) lines.push(line);
  return lines;
}

interface Chunk extends Piece {
  /** Whether the piece before is a comma. */
  readonly mayBreak: boolean;
}

/** Pieces joined up to each comma, but parted where a comment goes between. */
function chunksOf(pieces: readonly Piece[], comments: readonly PlacedComment[]): Chunk[] {
  const chunks: Chunk[] = [];
  let next = 0;
  let mayBreak = false;
  let begun = false;
  for (const piece of pieces) {
    let parted = false;
    for (; next < comments.length && comments[next]!.comment.span.start < piece.at; next++) {
      parted = true;
    }
    const last = chunks[chunks.length - 1];
    if (begun && !parted && last !== undefined) {
      const text = last.text + (piece.tight ? "" : " ") + piece.text;
      chunks[chunks.length - 1] = { ...last, text };
    } else chunks.push({ ...piece, mayBreak });
    begun = piece.text !== ",";
    mayBreak = !begun;
  }
  return chunks;
}
