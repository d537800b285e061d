/** Files that nothing needs, and files that need each other in a circle. */
import { importsOf, resolve } from "./graph.ts";
import { type Complaint, isSource, type Tree } from "./tree.ts";

/** What somebody starts or imports from outside. */
const ROOTS = ["src/main.ts", "src/mod.ts"];

export function* checkReach(tree: Tree): Generator<Complaint, void, void> {
  const all = new Map<string, string[]>();
  const strict = new Map<string, string[]>();
  for (const { path, text } of tree) {
    const imports = importsOf(text).map((found) => ({
      ...found,
      target: resolve(path, found.specifier),
    }));
    all.set(path, imports.flatMap((found) => found.target ?? []));
    strict.set(
      path,
      imports.filter((found) => !found.typeOnly && !found.lazy).flatMap((found) =>
        found.target ?? []
      ),
    );
  }
  const reached = reach(ROOTS, all);
  for (const { path } of tree) {
    if (isSource(path) && !reached.has(path)) {
      yield {
        path,
        line: 1,
        message: "neither main.ts nor mod.ts leads here: import it, or delete it",
      };
    }
  }
  for (const circle of circles(strict)) {
    yield {
      path: circle[0]!,
      line: 1,
      message: `these files import each other in a circle: ${
        circle.join(" → ")
      }; move what they share into a file of its own`,
    };
  }
}

function reach(
  roots: readonly string[],
  edges: ReadonlyMap<string, readonly string[]>,
): Set<string> {
  const reached = new Set<string>();
  const waiting = [...roots];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    waiting.push(...(edges.get(path) ?? []));
  }
  return reached;
}

/** The first circle on each path of a depth-first walk. */
function circles(edges: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = [];
  const done = new Set<string>();
  const visit = (path: string, trail: readonly string[]): void => {
    const at = trail.indexOf(path);
    if (at !== -1) found.push([...trail.slice(at), path]);
    if (at !== -1 || done.has(path)) return;
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of [...edges.keys()].filter(isSource)) visit(path, []);
  return found;
}
