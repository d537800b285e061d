/** Who may import whom. A folder's arrows all go one way, so that one can be read without the next. */
import { folderOf, importsOf, resolve } from "./graph.ts";
import { type Complaint, isSource, type Tree } from "./tree.ts";

interface Row {
  /** Folders whose values and types may be imported. */
  readonly may: readonly string[];
  /** Folders whose types alone may be imported. */
  readonly types?: readonly string[];
  /** Said to whoever draws another arrow. */
  readonly because: string;
}

/** The table of src/README.md. `worlds/*` is any world. */
const TABLE: Readonly<Record<string, Row>> = {
  text: { may: [], because: "texts and places in them are the bottom of everything" },
  memory: { may: [], because: "arithmetic of pages knows nothing of kernels" },
  citations: { may: [], because: "citations are a table and nothing else" },
  diagnostics: { may: ["text"], because: "a diagnostic is data; views draw it" },
  syntax: {
    may: ["text", "diagnostics"],
    because: "the parser knows no vocabulary and no machine",
  },
  machine: {
    may: ["memory", "citations"],
    types: ["text"],
    because: "the machine is told what happened; it knows no script, no world and no view",
  },
  vmcore: {
    may: ["machine", "memory"],
    because: "a core is made from a machine alone, whichever world ran on it",
  },
  importers: {
    may: ["memory"],
    because: "an importer turns a tool's text into a memory map and no more",
  },
  routine: {
    may: ["machine", "memory"],
    because: "what the routines of all worlds are made of knows none of them",
  },
  execution: {
    may: ["routine", "machine", "memory"],
    because: "past the point of no return, what is alike whichever system is left",
  },
  purgatory: {
    may: ["execution", "routine", "machine", "memory"],
    because: "a purgatory runs between two systems and knows neither",
  },
  "worlds/*": {
    may: ["purgatory", "execution", "routine", "machine", "memory", "citations"],
    because:
      "a world is the rules of one system; what two worlds share moves down into routine, execution, purgatory or machine",
  },
  worlds: { may: ["worlds/*"], types: ["machine"], because: "worlds/mod.ts is the list of worlds" },
  check: {
    may: ["syntax", "diagnostics", "text", "memory", "machine"],
    because: "checks take a world's vocabulary as an argument, and run nothing",
  },
  engine: {
    may: ["check", "syntax", "diagnostics", "machine", "memory", "importers", "text"],
    because: "the engine runs any world that it is handed, also a toy one in a test",
  },
  replay: {
    may: ["machine", "memory", "importers", "engine"],
    because: "a replay is handed the worlds that it measures",
  },
  views: {
    may: ["engine", "check", "machine", "memory", "diagnostics", "text", "citations", "syntax"],
    types: ["replay"],
    because: "a view draws what it is given and decides nothing",
  },
  session: {
    may: [
      "views",
      "engine",
      "check",
      "syntax",
      "diagnostics",
      "text",
      "machine",
      "memory",
      "session/*",
    ],
    because: "a session is a value that any terminal may draw; the shell lends it files and time",
  },
  "session/*": { may: [], types: ["session"], because: "a tour is data" },
  tui: {
    may: ["session", "views", "engine", "machine", "memory", "syntax", "diagnostics", "text"],
    because: "the terminal draws a session and turns keys into its actions",
  },
  cli: {
    may: [
      "session",
      "tui",
      "views",
      "engine",
      "check",
      "syntax",
      "diagnostics",
      "text",
      "replay",
      "vmcore",
    ],
    types: ["machine"],
    because: "the shell is handed the worlds by main.ts and knows none by name",
  },
  main: {
    may: ["cli", "worlds", "machine"],
    because: "main.ts picks a host and hands the worlds to a command",
  },
  mod: {
    may: ["views", "engine", "check", "syntax", "diagnostics", "text", "worlds", "machine"],
    because: "the library is the engine with a door, and no shell",
  },
};

/** Doors besides `mod.ts`, each with its reason. */
const DOORS: Readonly<Record<string, string>> = {
  "src/worlds/loaders.ts":
    "the command loads the worlds that a script boots, and mod.ts all of them",
  "src/machine/invariants/mod.ts":
    "invariants are handed to the engine, so that the machine need not load them",
};

/** Folders without a door: their files are picked one by one. */
const OPEN: Readonly<Record<string, string>> = {
  cli: "main.ts loads only the file of the command that was asked for",
};

export function* checkImports(tree: Tree): Generator<Complaint, void, void> {
  const paths = new Set(tree.map((file) => file.path));
  for (const file of tree) {
    if (!isSource(file.path)) continue;
    const from = folderOf(file.path);
    const row = TABLE[generic(from)];
    if (row === undefined) {
      yield complain(
        file.path,
        1,
        `the folder \`${from}\` has no row in scripts/tidy/imports.ts: say what it may import`,
      );
      continue;
    }
    for (const found of importsOf(file.text)) {
      const target = resolve(file.path, found.specifier);
      if (target === undefined) continue;
      if (!paths.has(target)) {
        yield complain(file.path, found.line, `\`${found.specifier}\` is not there`);
        continue;
      }
      const to = folderOf(target);
      if (to === from) continue;
      yield* checkArrow(file.path, { from, to, target, row, found });
    }
  }
}

interface Arrow {
  readonly from: string;
  readonly to: string;
  readonly target: string;
  readonly row: Row;
  readonly found: { readonly line: number; readonly typeOnly: boolean };
}

function* checkArrow(
  path: string,
  { from, to, target, row, found }: Arrow,
): Generator<Complaint, void, void> {
  const allowed = row.may.includes(generic(to));
  const asType = row.types?.includes(generic(to)) ?? false;
  if (!allowed && !(asType && found.typeOnly)) {
    const how = asType
      ? `may import types of \`${to}\` only: write \`import type\``
      : `may not import \`${to}\``;
    yield complain(path, found.line, `\`${from}\` ${how}; ${row.because}`);
  } else if (!isDoor(target, to)) {
    yield complain(
      path,
      found.line,
      `import \`${to}/mod.ts\` and not \`${target}\` behind it, so that the folder may change inside`,
    );
  }
}

function isDoor(target: string, folder: string): boolean {
  return target === `src/${folder}/mod.ts` || Object.hasOwn(DOORS, target) ||
    Object.hasOwn(OPEN, folder) ||
    target === `src/${folder}.ts`;
}

function generic(folder: string): string {
  return folder.startsWith("worlds/") ? "worlds/*" : folder;
}

function complain(path: string, line: number, message: string): Complaint {
  return { path, line, message };
}
