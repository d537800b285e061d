/** Help on the words of the language, printed from the vocabularies that the checks use too. */
import { BOOT, DMA, DUMP, IMAGE, MACHINE, nounOf, SHOW, TRY, usage, WHY } from "../check/mod.ts";
import { COMMON_QUERIES, ENGINE_QUERIES, SHOW_TOPICS } from "../engine/mod.ts";
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
  at: [
    "at every step of OPERATION { … }",
    "runs a block on a fork of the timeline after each event: what if it struck right here? `at every failure " +
    "of allocation in OPERATION { … }` makes each allocation fail in turn, `… of suspend in …` each part of " +
    "going to sleep",
  ],
  cut: [
    "cut after N steps { … }",
    "runs a block and leaves it after its Nth event, wherever that is; what comes next finds the machine so",
  ],
  program: [
    "program NAME(PARAM, …) { … }",
    "what code does once it runs: for the `program` of a segment",
  ],
  scenario: ['scenario "NAME" { … }', "runs a block, after which the machine is as it was before"],
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
    { shape: IMAGE },
    ...model.worlds.flatMap((w) => w.operations.map((shape) => ({ shape, of: w.title }))),
    { shape: TRY },
    { shape: WHY },
    { shape: SHOW },
    { shape: DMA },
    { shape: DUMP },
  ];
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
