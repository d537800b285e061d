/** The tree that tidy looks at: paths and texts, so that a test can hand in an invented one. */
import { readdirSync, readFileSync } from "node:fs";

export interface TreeFile {
  /** From the root of the project, with `/`. */
  readonly path: string;
  readonly text: string;
}

export type Tree = readonly TreeFile[];

export interface Complaint {
  readonly path: string;
  /** 1-based; 1 for what concerns the whole file. */
  readonly line: number;
  /** What is wrong, why it matters, and what to do instead. */
  readonly message: string;
}

export type Check = (tree: Tree) => Iterable<Complaint>;

/** Not ours: made by others, or recorded from the real world. Generated files are read, for what they import. */
const SKIPPED = /(^|\/)(node_modules|\.git|corpus|recordings)$/;
const TEXTS =
  /\.(ts|tsx|js|json|jsonc|md|kx|trace|peggy|txtar|repl|screen|lock|sh)$|(^|\/)(run|LICENSE|\.editorconfig|\.gitattributes|\.gitignore)$/;

export function readTree(root: URL): Tree {
  const files: TreeFile[] = [];
  const visit = (folder: string): void => {
    const entries = readdirSync(new URL(`./${folder}`, root), { withFileTypes: true });
    for (const entry of entries.sort((a, b) => a.name < b.name ? -1 : 1)) {
      const path = folder + entry.name;
      if (entry.isDirectory()) {
        if (!SKIPPED.test(path)) visit(`${path}/`);
      } else if (TEXTS.test(path)) {
        files.push({ path, text: readFileSync(new URL(`./${path}`, root), "utf8") });
      }
    }
  };
  visit("");
  return files;
}

/** TypeScript of the product itself, written by people. */
export function isSource(path: string): boolean {
  return path.startsWith("src/") && /\.tsx?$/.test(path) && !/\/generated\/|_test\.ts$/.test(path);
}

/** A file's lines with comments blanked, so that prose about `console` is no use of it. */
export function codeLines(text: string): string[] {
  const blanked = text.replace(/\/\*[^]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "));
  return blanked.split("\n").map((line) => line.replace(/(^|\s)\/\/.*$/, "$1"));
}
