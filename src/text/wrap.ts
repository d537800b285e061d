/** Breaking prose into lines. */
import { displayWidth } from "./columns.ts";

/** Lines of at most `width` columns, broken between words; a word that is longer stays whole. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  let used = 0;
  for (const word of text.split(" ")) {
    const size = displayWidth(word);
    if (line !== "" && used + 1 + size > width) {
      lines.push(line);
      line = "";
    }
    used = line === "" ? size : used + 1 + size;
    line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
