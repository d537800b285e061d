/** Every rule names its source, and every source is there for a rule. */
import { type Complaint, isSource, type Tree } from "./tree.ts";

const TABLE = "src/citations/";

/** `known` are the keys of src/citations, as `project:symbol`. */
export function* checkCitations(
  tree: Tree,
  known: readonly string[],
): Generator<Complaint, void, void> {
  const projects = [...new Set(known.map((key) => key.slice(0, key.indexOf(":"))))];
  if (projects.length === 0) return;
  // `cite: "linux:do_kexec_load"` in code, `[linux:do_kexec_load]` in comments.
  const project = `(?:${projects.join("|")})`;
  const uses = new RegExp(`"(?<code>${project}:[^"]+)"|\\[(?<prose>${project}:[^\\]]+)\\]`, "g");
  const used = new Set<string>();
  for (const { path, text } of tree) {
    if (!isSource(path) || path.startsWith(TABLE)) continue;
    for (const [i, line] of text.split("\n").entries()) {
      for (const match of line.matchAll(uses)) {
        const key = match.groups!.code ?? match.groups!.prose!;
        used.add(key);
        // A text that only begins like a key is none, unless the line says that it cites.
        const meant = match.groups!.prose !== undefined || /cite/i.test(line);
        if (known.includes(key) || !meant) continue;
        yield {
          path,
          line: i + 1,
          message: `the citation \`${key}\` is not in src/citations: add its file and symbol`,
        };
      }
    }
  }
  for (const key of known) {
    if (!used.has(key)) {
      yield {
        ...placeOf(tree, key),
        message: `nothing cites \`${key}\`: use it, or take it out`,
      };
    }
  }
}

/** Where the table has the symbol of a key. */
function placeOf(tree: Tree, key: string): { path: string; line: number } {
  const symbol = JSON.stringify(key.slice(key.indexOf(":") + 1));
  for (const { path, text } of tree) {
    if (!path.startsWith(TABLE)) continue;
    const line = text.split("\n").findIndex((l) => l.includes(symbol));
    if (line !== -1) return { path, line: line + 1 };
  }
  return { path: `${TABLE}mod.ts`, line: 1 };
}
