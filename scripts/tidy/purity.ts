/** No file of the model may see a clock, a terminal, the network or a disk: same script, same bytes. */
import { folderOf, importsOf } from "./graph.ts";
import { codeLines, type Complaint, isSource, type Tree } from "./tree.ts";

/** The shell, which exists to see all that. */
const SHELL = ["cli", "tui", "main"];

const FORBIDDEN: readonly (readonly [RegExp, string])[] = [
  [/\bDeno\./, "`Deno` is for the shell: take what you need as an argument"],
  [/\bBun\./, "`Bun` is for the shell: take what you need as an argument"],
  [/\bprocess\./, "`process` is for the shell: take what you need as an argument"],
  [/\bconsole\./, "printing is for the shell: give back text or data"],
  [
    /\bnew Date\b|\bDate\.now\b|\bperformance\./,
    "the model has no clock: a transcript must not change with the day",
  ],
  [
    /\bMath\.random\b|\bcrypto\.getRandomValues\b/,
    "the model has no luck: take a seed as an argument",
  ],
  [/\bfetch\(|\bnew WebSocket\b|\bnew Worker\b/, "kx reaches no network and starts no thread"],
  [/\beval\(|\bnew Function\(/, "kx runs no code that it was given"],
];

const COLOUR = /(^|[^\\])\\(x1b|u001b)\[/;

/** Packages that the product may load, and where. The rest of it stands on its own. */
const PACKAGES: Readonly<Record<string, readonly string[]>> = { tui: ["ink", "react"] };

/** Files that may ask the platform for something that is no more than a function of its arguments. */
const PURE_PLATFORM: Readonly<Record<string, string>> = {
  "src/purgatory/sha256.ts":
    "SHA-256 of `node:crypto`, taken when it is needed: an import would cost every start of kx",
};

export function* checkPurity(tree: Tree): Generator<Complaint, void, void> {
  for (const { path, text } of tree) {
    if (!isSource(path)) continue;
    const folder = folderOf(path);
    for (const { specifier, line } of importsOf(text)) {
      const builtIn = specifier.startsWith("node:");
      if (specifier.startsWith(".") || (builtIn && SHELL.includes(folder))) continue;
      if (PACKAGES[folder]?.includes(specifier)) continue;
      yield {
        path,
        line,
        message: `\`${specifier}\` may not be loaded in \`${folder}\`: the model stands on its own`,
      };
    }
    if (SHELL.includes(folder) || Object.hasOwn(PURE_PLATFORM, path)) continue;
    for (const [i, line] of codeLines(text).entries()) {
      // A file named `process.c` in a text is no use of `process`.
      const code = line.replace(/"[^"]*"/g, '""');
      for (const [pattern, message] of FORBIDDEN) {
        if (pattern.test(code)) yield { path, line: i + 1, message };
      }
      if (COLOUR.test(line)) {
        yield { path, line: i + 1, message: "colour is for the shell: give back plain text" };
      }
    }
  }
  yield* exits(tree);
}

/** One place ends the process, so that output is always flushed and the status is never a surprise. */
function* exits(tree: Tree): Generator<Complaint, void, void> {
  for (const { path, text } of tree) {
    // The hosts only lend main.ts the platform's word for it.
    if (!isSource(path) || path === "src/main.ts" || /\/host_\w+\.ts$/.test(path)) continue;
    for (const [i, line] of codeLines(text).entries()) {
      if (/\.exit\(/.test(line)) {
        yield {
          path,
          line: i + 1,
          message: "only src/main.ts ends the process: give back an exit status",
        };
      }
    }
  }
}
