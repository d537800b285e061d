/** Help on the words of the language, printed from the vocabularies that the checks use too. */
import { BOOT, DMA, DUMP, IMAGE, MACHINE, nounOf, SHOW, TRY, usage, WHY } from "../check/mod.ts";
import {
  COMMON_QUERIES,
  ENGINE_QUERIES,
  PROGRAM_QUERIES,
  PROGRAM_STATEMENTS,
  SHOW_TOPICS,
} from "../engine/mod.ts";
import type { ClauseShape, Param, QueryShape, World } from "../machine/mod.ts";
import { entry, fill } from "../text/mod.ts";

/** What kx knows of the world; handed in. */
interface Model {
  readonly worlds: readonly World[];
}

/** Statements that have a grammar of their own and no shape. */
const STATEMENTS: Readonly<Record<string, readonly [form: string, summary: string]>> = {
  expect: ["expect CONDITION", "fails unless the condition holds"],
  let: ["let NAME = VALUE", "gives a name to a value"],
  def: ["def NAME(PARAM, …) { … }", "gives a name to statements: `NAME(VALUE, …)` runs them"],
  for: ["for NAME in VALUES { … }", "runs a block for each item of a list or number of a range"],
  if: ["if CONDITION { … }", "runs a block if the condition holds; `else` may follow"],
  use: ['use "FILE"', "runs the statements of another file, once"],
  cut: [
    "cut after N steps { … }",
    "runs a block and leaves it after its Nth event, wherever that is; what comes next finds the machine so",
  ],
  scenario: ['scenario "NAME" { … }', "runs a block, after which the machine is as it was before"],
  program: ["program NAME(PARAM, …) { … }", "what code in an image does, written in kx itself"],
  at: [
    "at every PLACE in or of OPERATION { … }",
    "runs a block wherever the operation could be struck",
  ],
  iomem: ["iomem { … }", "in a `machine` block: lines as /proc/iomem shows them"],
  e820: ["e820 { … }", "in a `machine` block: lines of a kernel log with the e820 map"],
};

/** Where summaries begin: right of most questions. */
const COLUMN = 34;

const PAGES = ["language", "expect", "show"] as const;

export function languageTopics(model: Model): string[] {
  return [
    ...PAGES,
    ...Object.keys(STATEMENTS),
    ...shapes(model).flatMap((
      { shape },
    ) => [shape.head, ...(shape.clauses ?? []).map((c) => c.head)]),
  ];
}

/** The page of a topic, or undefined if nothing is called so. */
export function languageHelp(topic: string, model: Model): string | undefined {
  switch (topic) {
    case "language":
      return languagePage(model);
    case "expect":
    case "if":
      return expectPage(model);
    case "show":
      return showPage();
    case "program":
      return programPage();
    case "at":
      return atPage();
  }
  const all = shapes(model);
  const found = all.filter(({ shape }) => shape.head === topic);
  if (found.length > 0) return found.map(shapePage).join("\n\n");
  // A word that stands only inside the block of another: its page is that one's.
  const holder = all.find(({ shape }) => shape.clauses?.some((clause) => clause.head === topic));
  if (holder !== undefined) {
    const own = holder.shape.clauses!.find((clause) => clause.head === topic)!;
    return shapePage(own.clauses === undefined ? holder : { ...holder, shape: own });
  }
  if (!Object.hasOwn(STATEMENTS, topic)) return undefined;
  const [form, summary] = STATEMENTS[topic]!;
  return [form, ...fill(summary, "  ")].join("\n");
}

/** A kind of sentence and who understands it; nobody in particular for those of the language. */
interface Known {
  readonly shape: ClauseShape;
  readonly of?: string;
}

function shapes(model: Model): Known[] {
  return [
    { shape: MACHINE },
    ...model.worlds.map((w) => ({ shape: { ...BOOT, clauses: w.bootClauses }, of: w.title })),
    { shape: imageOf(model) },
    ...model.worlds.flatMap((w) => w.operations.map((shape) => ({ shape, of: w.title }))),
    { shape: TRY },
    { shape: WHY },
    { shape: SHOW },
    { shape: DMA },
    { shape: DUMP },
  ];
}

/** With a line for each word that may follow the slot. */
function imageOf({ worlds }: Model): ClauseShape {
  const flags = worlds.flatMap(({ title, imageFlags }) =>
    imageFlags.map(({ name, summary }): Param => ({
      name,
      type: "flag",
      summary: `${summary} (${title})`,
    }))
  );
  const slots: Param[] = [
    {
      name: "default",
      type: "flag",
      summary: "the slot that `exec` starts; unless said otherwise",
    },
    { name: "crash", type: "flag", summary: "the slot that a panic starts" },
  ];
  const { positional = [] } = IMAGE;
  return { ...IMAGE, positional, labels: [...slots, ...flags] };
}

function programPage(): string {
  const [form, summary] = STATEMENTS.program!;
  return [
    form,
    `  ${summary}`,
    "",
    ...fill(
      "A segment holds it: `segment code at 16MiB size 4KiB program NAME`. Its variables are words of that " +
        "segment, so they persist or are lost as memory is. Arguments come from `call IMAGE with …`.",
      "  ",
    ),
    "",
    ...Object.values(PROGRAM_STATEMENTS).flatMap(([f, s]) => entry(f, s, COLUMN)),
    ...entry("let, if, for", "as everywhere; `for` over a range", COLUMN),
    "",
    "Asked in its values:",
    ...queryEntries(PROGRAM_QUERIES),
  ].join("\n");
}

const PLACES: readonly (readonly [form: string, summary: string])[] = [
  [
    "at every step of OPERATION { … }",
    "does the operation, and runs the block once from the machine after each of its steps, and from " +
    "within those that write much",
  ],
  [
    "at every step of OPERATION, dma at ADDRESS … { … }",
    "a device writes after that step and the operation goes on; the block sees what came of it",
  ],
  [
    "at every failure of allocation in OPERATION { … }",
    "each allocation fails in turn; the block sees what is left behind",
  ],
  [
    "at every failure of suspend in OPERATION { … }",
    "each step of going to sleep fails in turn",
  ],
];

function atPage(): string {
  return [
    "at every …",
    "  what if it struck right here?",
    "",
    ...PLACES.flatMap(([form, summary]) => [`  ${form}`, ...fill(summary, "    ")]),
    "",
    ...fill(
      "Each run of the block begins with a machine of its own and leaves no trace but the report: equal " +
        "outcomes together, with the steps from which they came.",
      "",
    ),
  ].join("\n");
}

function languagePage(model: Model): string {
  const rows = new Map<string, string>();
  for (const { shape } of shapes(model)) {
    if (!rows.has(shape.head)) rows.set(shape.head, shape.summary);
  }
  return [
    "Sentences:",
    ...[...rows].flatMap(([head, summary]) => entry(head, summary, COLUMN)),
    "",
    "Statements:",
    ...Object.values(STATEMENTS).flatMap(([form, summary]) => entry(form, summary, COLUMN)),
    "",
    'Values: `64MiB`, `17 pages`, `0x0810_0000`, `"text"`, `[a, b]`; ranges are half-open:',
    "`0x1000 .. 0x3000`, `64MiB @ 128MiB`; `+ - * / % << >> & | ^ ~`; `min(a, b)`, `max(a, b)`,",
    "`align_up(a, unit)`, `align_down(a, unit)`.",
    "",
    "`kx --help WORD` tells more of a sentence, `kx --help expect` what can be asked.",
  ].join("\n");
}

function expectPage(model: Model): string {
  const lines = [
    "expect CONDITION",
    "",
    ...fill(
      "A condition asks something (`loaded crash`), or compares: `==` or `is`, `!=` or `is not`, `<`, `<=`, `>`, " +
        "`>=`, `in`, `not in`. `and`, `or`, `not` and parentheses join conditions. `errno of load old` is what " +
        "an operation would give back, without doing it. `start of`, `end of`, `size of` take a part of a " +
        "range, `count of`, `first of`, `last of` a part of a list.",
      "",
    ),
    "",
    "Of every machine:",
    ...queryEntries([...COMMON_QUERIES, ...ENGINE_QUERIES]),
  ];
  for (const world of model.worlds) {
    if (world.queries.length > 0) {
      lines.push("", `Of ${world.title}:`, ...queryEntries(world.queries));
    }
  }
  return lines.join("\n");
}

function showPage(): string {
  return [
    "show TOPIC, show VALUE",
    "",
    "Topics:",
    ...queryEntries(SHOW_TOPICS),
    "",
    "Anything that `expect` can ask can be shown too: `kx --help expect`.",
  ].join("\n");
}

function queryEntries(queries: readonly QueryShape[]): string[] {
  return queries.flatMap(({ pattern, summary }) =>
    entry(pattern.map((p) => typeof p === "string" ? p : placeholder(p)).join(" "), summary, COLUMN)
  );
}

function shapePage({ shape, of }: Known): string {
  const title = `${usage({ ...shape, labels: shape.labels?.filter((l) => l.required) ?? [] })}`;
  const lines = [
    title,
    ...fill(of === undefined ? shape.summary : `${shape.summary} (${of})`, "  "),
  ];
  lines.push(...parameterLines(shape, "  "));
  for (const clause of shape.clauses ?? []) {
    lines.push(
      "",
      `  ${usage({ ...clause, labels: clause.labels?.filter((l) => l.required) ?? [] })}`,
    );
    lines.push(...fill(clause.once ? `${clause.summary}; at most once` : clause.summary, "    "));
    lines.push(...parameterLines(clause, "    "));
  }
  return lines.join("\n");
}

/** A line for each label, and for each position that has something to say of itself. */
function parameterLines(shape: ClauseShape, indent: string): string[] {
  const told = [
    ...(shape.positional ?? []).filter((p) => p.summary !== undefined),
    ...(shape.labels ?? []),
  ];
  const positional = new Set(shape.positional);
  return told.flatMap((param) => {
    const name = positional.has(param) ? placeholder(param) : label(param);
    return entry(name, param.summary ?? plainSummary(param), COLUMN - indent.length).map((line) =>
      indent + line
    );
  });
}

function label(param: Param): string {
  return param.type === "flag" ? param.name : `${param.name} ${placeholder(param)}`;
}

function plainSummary(param: Param): string {
  return param.type === "flag" ? "a word alone" : nounOf(param);
}

function placeholder(param: Param): string {
  return param.choices !== undefined ? param.choices.join("|") : param.name.toUpperCase();
}
