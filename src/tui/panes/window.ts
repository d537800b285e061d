/** The part of a list that is seen. */
import { count } from "../numbers.ts";
import { EMPTY_LINE, line, type StyledLine } from "../styled.ts";

/** `height` of the lines from `scroll` on; the last line says how many more there are. */
export function windowOf(
  lines: readonly StyledLine[],
  height: number,
  scroll: number,
): StyledLine[] {
  const first = Math.max(0, Math.min(scroll, lines.length - height));
  const shown = lines.slice(first, first + height);
  const below = lines.length - first - height;
  if (below > 0 && height > 1) {
    shown[height - 1] = line(`  … ${count(below + 1)} more`, "dim");
  }
  return shown;
}

/** Lines under a heading, with an empty line before it unless it is the first. */
export function section(
  into: StyledLine[],
  title: string,
  lines: readonly StyledLine[],
): void {
  if (lines.length === 0) return;
  if (into.length > 0) into.push(EMPTY_LINE);
  into.push(line(title, "title"), ...lines);
}
