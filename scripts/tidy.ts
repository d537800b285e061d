/** `deno task tidy`: checks habits of the whole tree and explains each complaint in a sentence. */
import { citationKeys } from "../src/citations/mod.ts";
import { checkCitations } from "./tidy/citations.ts";
import { checkImports } from "./tidy/imports.ts";
import { checkPurity } from "./tidy/purity.ts";
import { checkReach } from "./tidy/reach.ts";
import { checkSizes } from "./tidy/sizes.ts";
import { checkWords } from "./tidy/words.ts";
import { type Check, type Complaint, readTree, type Tree } from "./tidy/tree.ts";

/** Every check; adding one is a file and a line here. */
const CHECKS: readonly Check[] = [
  checkImports,
  checkReach,
  checkPurity,
  checkSizes,
  checkWords,
];

/** All complaints of all checks, in the order of the files; `citations` are the keys that exist. */
export function tidy(tree: Tree, citations: readonly string[]): Complaint[] {
  return [...CHECKS.flatMap((check) => [...check(tree)]), ...checkCitations(tree, citations)]
    .sort((a, b) => a.path < b.path ? -1 : a.path > b.path ? 1 : a.line - b.line);
}

export function chore(): Promise<number> {
  const tree = readTree(new URL("..", import.meta.url));
  const complaints = tidy(tree, citationKeys());
  for (const { path, line, message } of complaints) console.error(`${path}:${line}: ${message}`);
  console.error(
    complaints.length === 0
      ? `tidy: ${tree.length} files, nothing to say`
      : `tidy: ${complaints.length} complaints`,
  );
  return Promise.resolve(complaints.length === 0 ? 0 : 1);
}
