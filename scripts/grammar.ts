/**
 * Makes src/syntax/generated/kx_parser.js from grammar/kx.peggy.
 *
 *     deno run -A scripts/grammar.ts            writes it
 *     deno run -A scripts/grammar.ts --check    exits 1 if the committed one is stale
 *
 * The output depends on the grammar, matchers.ts and the version of peggy, and on nothing else.
 */
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import peggy from "peggy";
import { matchers } from "../grammar/matchers.ts";

const GRAMMAR = new URL("../grammar/kx.peggy", import.meta.url);
const PARSER = new URL("../src/syntax/generated/kx_parser.js", import.meta.url);

const HEADER =
  `// Made from grammar/kx.peggy by scripts/grammar.ts. Do not edit: change the grammar, then run
//     deno run -A scripts/grammar.ts
// @ts-self-types="./kx_parser.d.ts"
`;

/** The text of the parser; `plugins` are a measurement's concern (see bench_parser.ts). */
export async function generateParser(plugins = [matchers]): Promise<string> {
  const source = peggy.generate(await readFile(GRAMMAR, "utf8"), {
    grammarSource: "kx.peggy",
    allowedStartRules: ["Script", "Readable"],
    format: "es",
    output: "source",
    plugins,
  });
  return HEADER + source;
}

async function main(args: readonly string[]): Promise<number> {
  const wanted = await generateParser();
  if (!args.includes("--check")) {
    await writeFile(PARSER, wanted);
    return 0;
  }
  const committed = await readFile(PARSER, "utf8").catch(() => "");
  if (committed === wanted) return 0;
  console.error(
    "src/syntax/generated/kx_parser.js is not what grammar/kx.peggy makes: " +
      "run `deno run -A scripts/grammar.ts` and commit both",
  );
  return 1;
}

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));
