/** What must not stand in any file: paths of somebody's machine, marks of unfinished work. */
import type { Complaint, Tree } from "./tree.ts";

/** Files that name what they forbid. */
const EXEMPT = /^(scripts\/tidy\/|test\/tidy_test\.ts)/;

const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  // Put together, so that this file does not complain of itself elsewhere.
  [
    /(^|["'`\s(=:])\/(work|home|root|Users|mnt|opt)\/[\w.-]+/,
    "a path of somebody's machine: write it relative to the project",
  ],
  [/\bfile:\/\/\/[\w.]/, "a path of somebody's machine: write it relative to the project"],
  [/\bFIXME\b/, "finish it, or write `TODO:` and the reason why not now"],
  [/\bTODO\b(?!: \S)/, "a `TODO` names its reason: `TODO: …`"],
  [/^(<{7}|={7}|>{7})( |$)/, "a mark of an unfinished merge"],
  [
    /\.only\(|\btest\.skip\(|\bit\.skip\(/,
    "a test that is left out proves nothing: assert the wrong answer under `Wrong:` instead",
  ],
];

const LOCK_HOSTS = /https?:\/\/[^\s"']+/;

export function* checkWords(tree: Tree): Generator<Complaint, void, void> {
  for (const { path, text } of tree) {
    if (EXEMPT.test(path)) continue;
    for (const [i, line] of text.split("\n").entries()) {
      for (const [pattern, message] of FORBIDDEN) {
        if (pattern.test(line)) yield { path, line: i + 1, message };
      }
      if (path.endsWith(".lock") && LOCK_HOSTS.test(line)) {
        yield {
          path,
          line: i + 1,
          message: "the lock file names a host: make it with the plain registry",
        };
      }
    }
    if (text !== "" && !text.endsWith("\n") && !path.endsWith(".kx")) {
      yield { path, line: text.split("\n").length, message: "the last line has no end" };
    }
  }
}
