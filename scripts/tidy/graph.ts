/** Import statements of a file, and what they lead to. `deno fmt` puts each at the start of a line. */
import { codeLines } from "./tree.ts";

export interface Import {
  readonly specifier: string;
  readonly line: number;
  /** Nothing of it is left when the program runs. */
  readonly typeOnly: boolean;
  /** `import("…")`: loaded when it is reached. */
  readonly lazy: boolean;
}

const FROM = /^(?:import|export)\b(?<clause>[^;"'=]*?)\bfrom\s*["'](?<specifier>[^"']+)["']/gm;
const BARE = /^import\s*["'](?<specifier>[^"']+)["']/gm;
const LAZY = /\bimport\(\s*["'](?<specifier>[^"']+)["']\s*\)/g;

export function importsOf(text: string): Import[] {
  const code = codeLines(text).join("\n");
  const imports: Import[] = [];
  for (const match of code.matchAll(FROM)) {
    const { clause, specifier } = match.groups as { clause: string; specifier: string };
    imports.push({
      specifier,
      line: lineAt(code, match.index),
      typeOnly: isTypeOnly(clause),
      lazy: false,
    });
  }
  for (const match of code.matchAll(BARE)) {
    const specifier = match.groups!.specifier!;
    imports.push({ specifier, line: lineAt(code, match.index), typeOnly: false, lazy: false });
  }
  for (const match of code.matchAll(LAZY)) {
    const specifier = match.groups!.specifier!;
    imports.push({ specifier, line: lineAt(code, match.index), typeOnly: false, lazy: true });
  }
  return imports;
}

/** `type { … }`, or braces in which every name has `type` before it. */
function isTypeOnly(clause: string): boolean {
  if (/^\s*type\b/.test(clause)) return true;
  const names = /^\s*\{(?<names>[^}]*)\}\s*$/.exec(clause)?.groups?.names;
  if (names === undefined) return false;
  return names.split(",").map((name) => name.trim()).filter((name) => name !== "")
    .every((name) => name.startsWith("type "));
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split("\n").length;
}

/** The path that a relative specifier means; undefined for packages. */
export function resolve(from: string, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) return undefined;
  const names = from.split("/").slice(0, -1);
  for (const name of specifier.split("/")) {
    if (name === "..") names.pop();
    else if (name !== ".") names.push(name);
  }
  return names.join("/");
}

/** `machine` for src/machine/invariants/x.ts, `worlds/xen` for a file of a world, `main` for src/main.ts. */
export function folderOf(path: string): string {
  const [, first, second, third] = path.split("/");
  if (second === undefined) return first!.replace(/\.tsx?$/, "");
  return first === "worlds" && third !== undefined ? `worlds/${second}` : first!;
}
