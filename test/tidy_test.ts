/** The habits that tidy checks hold for this tree, and each check sees what it is there for. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { citationKeys } from "../src/citations/mod.ts";
import { tidy } from "../scripts/tidy.ts";
import { importsOf } from "../scripts/tidy/graph.ts";
import { readTree, type Tree } from "../scripts/tidy/tree.ts";

test("tidy: this tree", () => {
  const complaints = tidy(readTree(new URL("..", import.meta.url)), citationKeys());
  assert.equal(
    complaints.map(({ path, line, message }) => `${path}:${line}: ${message}`).join("\n"),
    "",
  );
});

/** What tidy says of an invented tree in which everything is reached. */
function complaintsOf(files: Record<string, string>, citations: string[] = []): string[] {
  const tree: Tree = Object.entries(files).map(([path, text]) => ({ path, text }));
  return tidy(tree, citations).map(({ path, line, message }) => `${path}:${line}: ${message}`);
}

function onlyComplaint(files: Record<string, string>): string {
  const all = complaintsOf(files);
  assert.equal(all.length, 1, all.join("\n"));
  return all[0]!;
}

const MAIN = "src/main.ts";

test("tidy: an arrow that goes the wrong way is explained", () => {
  const message = onlyComplaint({
    [MAIN]: 'import "./machine/mod.ts";\n',
    "src/machine/mod.ts": '/** Doc. */\nimport { view } from "../views/mod.ts";\n',
    "src/views/mod.ts": "export const view = 1;\n",
  });
  assert.match(
    message,
    /^src\/machine\/mod\.ts:2: `machine` may not import `views`; the machine is told/,
  );
});

test("tidy: types may go where values may not", () => {
  const tree = (statement: string) => ({
    [MAIN]: 'import "./machine/mod.ts";\n',
    "src/machine/mod.ts": `${statement}\n`,
    "src/text/mod.ts": "export type Span = 1;\n",
  });
  assert.deepEqual(complaintsOf(tree('import type { Span } from "../text/mod.ts";')), []);
  assert.deepEqual(complaintsOf(tree('import { type Span } from "../text/mod.ts";')), []);
  assert.match(
    onlyComplaint(tree('import { Span } from "../text/mod.ts";')),
    /types of `text` only/,
  );
});

test("tidy: a world never imports another one, and neighbours use the door", () => {
  const message = onlyComplaint({
    [MAIN]: 'import "./worlds/mod.ts";\n',
    "src/worlds/mod.ts": 'export { a } from "./a/mod.ts";\nexport { b } from "./b/mod.ts";\n',
    "src/worlds/a/mod.ts": 'import { b } from "../b/mod.ts";\nexport const a = b;\n',
    "src/worlds/b/mod.ts": "export const b = 1;\n",
  });
  assert.match(message, /`worlds\/a` may not import `worlds\/b`/);
  assert.match(
    onlyComplaint({
      [MAIN]: 'import "./machine/mod.ts";\n',
      "src/machine/mod.ts": 'import { range } from "../memory/range.ts";\n',
      "src/memory/range.ts": "export const range = 1;\n",
    }),
    /import `memory\/mod\.ts` and not `src\/memory\/range\.ts`/,
  );
});

test("tidy: files that nothing reaches, circles, and files that are not there", () => {
  assert.match(
    onlyComplaint({ [MAIN]: "", "src/text/lost.ts": "" }),
    /lost\.ts:1: neither main\.ts nor mod\.ts/,
  );
  assert.match(
    onlyComplaint({
      [MAIN]: 'import "./cli/a.ts";\n',
      "src/cli/a.ts": 'import "./b.ts";\n',
      "src/cli/b.ts": 'import "./a.ts";\n',
    }),
    /circle: src\/cli\/a\.ts → src\/cli\/b\.ts → src\/cli\/a\.ts/,
  );
  assert.match(
    onlyComplaint({ [MAIN]: 'import "./cli/a.ts";\n' }),
    /`\.\/cli\/a\.ts` is not there/,
  );
});

test("tidy: clock, luck, terminal and disk are for the shell", () => {
  for (
    const use of [
      "Deno.cwd()",
      "console.log(1)",
      "Date.now()",
      "new Date()",
      "Math.random()",
      "process.env",
      'fetch("x")',
    ]
  ) {
    const files = (path: string) => ({
      [MAIN]: `import "./${path}";\n`,
      [`src/${path}`]: `export const x = ${use};\n`,
    });
    assert.equal(
      complaintsOf(files("text/mod.ts")).filter((m) => !m.startsWith(MAIN)).length,
      1,
      use,
    );
    assert.deepEqual(complaintsOf(files("cli/a.ts")), [], use);
  }
  const prose = {
    [MAIN]: 'import "./mod.ts";\n',
    "src/mod.ts": "/** Never console.log( here. */\n// Date.now()\n",
  };
  assert.deepEqual(complaintsOf(prose).filter((m) => !m.startsWith(MAIN)), []);
});

test("tidy: long files, machine paths, unfinished work", () => {
  const files = (text: string) => ({ [MAIN]: 'import "./cli/a.ts";\n', "src/cli/a.ts": text });
  assert.match(onlyComplaint(files("//\n".repeat(401))), /401 lines: split it/);
  assert.match(onlyComplaint(files('export const x = "/home/someone/x";\n')), /machine/);
  assert.match(onlyComplaint(files("// FIXME soon\n")), /finish it/);
  assert.match(onlyComplaint(files("// TODO\n")), /names its reason/);
  assert.deepEqual(complaintsOf(files("// TODO: Xen's answer is not recorded yet.\n")), []);
});

test("tidy: every citation exists and is used", () => {
  const files = {
    [MAIN]: 'import "./worlds/mod.ts";\n',
    "src/worlds/mod.ts": 'import "./a/mod.ts";\n',
    "src/worlds/a/mod.ts":
      '/** As [linux:SYSCALL kexec_load]. */\nimport "../../citations/mod.ts";\nexport const cite = "linux:unknown";\n',
    "src/citations/mod.ts": 'export const symbols = [\n  "SYSCALL kexec_load",\n  "unused",\n];\n',
  };
  const all = complaintsOf(files, ["linux:SYSCALL kexec_load", "linux:unused"]);
  assert.equal(all.length, 2, all.join("\n"));
  assert.match(all[0]!, /^src\/citations\/mod\.ts:3: nothing cites `linux:unused`/);
  assert.match(all[1]!, /a\/mod\.ts:3: the citation `linux:unknown` is not in src\/citations/);
});

test("tidy: import statements in all their forms", () => {
  const text = `/** import { no } from "./comment.ts"; */
import a from "./a.ts";
import {
  type B,
  c,
} from "./b.ts";
import type { D } from "./d.ts";
export * from "./e.ts";
export { type F } from "./f.ts";
import "./g.ts";
export type Union = "x" | "y";
const lazy = () => import("./h.ts");
`;
  assert.deepEqual(
    importsOf(text).map(({ specifier, line, typeOnly, lazy }) => [specifier, line, typeOnly, lazy]),
    [
      ["./a.ts", 2, false, false],
      ["./b.ts", 3, false, false],
      ["./d.ts", 7, true, false],
      ["./e.ts", 8, false, false],
      ["./f.ts", 9, true, false],
      ["./g.ts", 10, false, false],
      ["./h.ts", 12, false, true],
    ],
  );
});
