/** How pages of help are laid out: names on the left, what they mean on the right. */

const WIDTH = 90;

/** A name and what it means; a name that reaches into the summary gets a line of its own. */
export function entry(name: string, summary: string, column: number): string[] {
  const lines = fill(summary, " ".repeat(column));
  const head = `  ${name}`;
  if (head.length + 2 > column) return [head, ...lines];
  return [head.padEnd(column) + (lines[0] ?? "").slice(column), ...lines.slice(1)].map((line) =>
    line.trimEnd()
  );
}

/** Words over lines, each after `indent`. */
export function fill(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(" ")) {
    if (line.length > indent.length && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line.length > indent.length ? ` ${word}` : word;
  }
  if (line.length > indent.length) lines.push(line);
  return lines;
}
