/** `--help`: of the program, of a command, and of what the language understands. */
import { closest } from "../diagnostics/mod.ts";
import { type CommandRow, type LoadModel, UsageError } from "./command.ts";
import { entry, fill } from "../text/mod.ts";

/** Where summaries begin. */
const COLUMN = 16;

/** `topics` are the words after `--help`: none for the program. */
export async function help(
  topics: readonly string[],
  commands: readonly CommandRow[],
  model: LoadModel,
): Promise<string> {
  const [topic] = topics;
  if (topic === undefined) return programHelp(commands);
  const row = commands.find((command) => command.name === topic);
  if (row !== undefined) return commandHelp(row);
  const { languageHelp, languageTopics } = await import("../views/mod.ts");
  const loaded = await model();
  const page = languageHelp(topic, loaded);
  if (page !== undefined) return page;
  const known = [...commands.map((c) => c.name), ...languageTopics(loaded)];
  const meant = closest(topic, known);
  throw new UsageError(
    `There is no help on \`${topic}\``,
    meant === undefined ? "`kx --help` lists what there is" : `Did you mean \`${meant}\`?`,
  );
}

function programHelp(commands: readonly CommandRow[]): string {
  return [
    "kx: an executable specification of kexec",
    "",
    "Usage: kx COMMAND [OPTION…] FILE…",
    "",
    "Commands:",
    ...commands.flatMap((command) => entry(command.name, command.summary, COLUMN)),
    "",
    "`kx COMMAND --help` tells more about one. `-` as a FILE is standard input.",
    "`kx --help language` lists the words of the language, `kx --help expect` and `kx --help show`",
    "what can be asked and shown, and `kx --help WORD` one kind of sentence, like `kx --help boot`.",
    "",
    "Exit status: 0 all well; 1 an expectation, golden file or recording failed; 2 the text or",
    "the usage is wrong; 70 a bug in kx.",
  ].join("\n");
}

function commandHelp(row: CommandRow): string {
  const operands = row.operands === undefined ? "" : operandText(row.operands);
  const options = row.options.map((o) =>
    ` [--${o.name}${o.value === undefined ? "" : ` ${o.value}`}]`
  );
  const lines = [
    `Usage: kx ${row.name}${options.join("")}${operands}`,
    "",
    ...fill(row.details, ""),
  ];
  if (row.options.length > 0) lines.push("", "Options:");
  for (const { name, value, summary } of row.options) {
    lines.push(...entry(`--${name}${value === undefined ? "" : ` ${value}`}`, summary, COLUMN));
  }
  lines.push("", "Examples:", ...row.examples.map((example) => `  ${example}`));
  return lines.join("\n");
}

function operandText({ name, least, most }: NonNullable<CommandRow["operands"]>): string {
  const text = most > 1 ? `${name}…` : name;
  return least === 0 ? ` [${text}]` : ` ${text}`;
}
