/** A file past 400 lines is mostly two subjects. */
import { type Complaint, isSource, type Tree } from "./tree.ts";

const MOST_LINES = 400;

/** Long files, and why splitting them would help nobody. */
const REASONS: Readonly<Record<string, string>> = {};

export function* checkSizes(tree: Tree): Generator<Complaint, void, void> {
  for (const { path, text } of tree) {
    if (!isSource(path)) continue;
    const lines = text.split("\n").length - 1;
    const long = lines > MOST_LINES;
    if (long && !Object.hasOwn(REASONS, path)) {
      yield {
        path,
        line: MOST_LINES,
        message: `${lines} lines: split it by subject, or give the reason in scripts/tidy/sizes.ts`,
      };
    }
    if (!long && Object.hasOwn(REASONS, path)) {
      yield {
        path,
        line: 1,
        message: "it is short now: take its reason out of scripts/tidy/sizes.ts",
      };
    }
  }
}
