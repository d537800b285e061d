/** Every `:` command and every key, in one table: parsing, help, completion and key hints read it. */
import { closest } from "../diagnostics/mod.ts";
import type { Action } from "./actions.ts";
import { type CommandAnswer, problem, type SessionCommand } from "./command.ts";
import { FILES } from "./commands_files.ts";
import { LOOKING } from "./commands_looking.ts";
import { STEPPING } from "./commands_stepping.ts";
import type { Session } from "./session.ts";
import { languageHelp, languageTopics } from "../views/mod.ts";

const HELP: SessionCommand = {
  name: "help",
  also: ["h", "?"],
  args: "[COMMAND | WORD]",
  summary: "this page, or more on a command, or a word of the language: `:help boot`",
  group: "Help",
  completes: "command",
  keys: ["f1"],
  atOnce: true,
  run: (session, args) => {
    const topic = args.trim();
    const pages = [
      helpLines(topic),
      topic === "" ? undefined : languageHelp(topic, session.model)?.split("\n"),
    ].filter((page) => page !== undefined);
    const lines = pages.flatMap((page, i) => i === 0 ? page : ["", ...page]);
    if (pages.length === 0) {
      const words = [...COMMANDS.map((c) => c.name), ...languageTopics(session.model)];
      const meant = closest(topic, words);
      return problem(
        `There is no help on \`${topic}\``,
        meant === undefined ? "`:help` lists the commands" : `Did you mean \`:help ${meant}\`?`,
      );
    }
    return session.view.linear ? { lines } : { actions: [{ kind: "help", lines }] };
  },
};

export const COMMANDS: readonly SessionCommand[] = [...STEPPING, ...LOOKING, ...FILES, HELP];

/** Keys of the input line and of the panes: what each does is an action, so that help can tell. */
export interface KeyRow {
  /** `ctrl+a`, `tab`, `up`; the first is the one that hints name. */
  readonly keys: readonly string[];
  readonly summary: string;
  readonly action: Action;
}

export const KEYS: readonly KeyRow[] = [
  { keys: ["enter"], summary: "run; another line while incomplete", action: { kind: "submit" } },
  {
    keys: ["alt+enter", "shift+enter"],
    summary: "another line",
    action: { kind: "insert", text: "\n" },
  },
  {
    keys: ["tab"],
    summary: "complete; again for the next candidate",
    action: { kind: "complete", to: "next" },
  },
  {
    keys: ["shift+tab"],
    summary: "the candidate before",
    action: { kind: "complete", to: "previous" },
  },
  { keys: ["up", "ctrl+p"], summary: "older lines", action: { kind: "history", to: "older" } },
  { keys: ["down", "ctrl+n"], summary: "newer lines", action: { kind: "history", to: "newer" } },
  { keys: ["ctrl+r"], summary: "search older lines", action: { kind: "search", to: "begin" } },
  { keys: ["left", "ctrl+b"], summary: "a character back", action: { kind: "caret", to: "left" } },
  { keys: ["right", "ctrl+f"], summary: "a character on", action: { kind: "caret", to: "right" } },
  {
    keys: ["ctrl+left", "alt+b"],
    summary: "a word back",
    action: { kind: "caret", to: "word-left" },
  },
  {
    keys: ["ctrl+right", "alt+f"],
    summary: "a word on",
    action: { kind: "caret", to: "word-right" },
  },
  {
    keys: ["home", "ctrl+a"],
    summary: "start of the line",
    action: { kind: "caret", to: "start" },
  },
  { keys: ["end", "ctrl+e"], summary: "end of the line", action: { kind: "caret", to: "end" } },
  { keys: ["backspace"], summary: "delete before", action: { kind: "delete", what: "before" } },
  { keys: ["delete"], summary: "delete after", action: { kind: "delete", what: "after" } },
  {
    keys: ["ctrl+w", "alt+backspace"],
    summary: "delete the word before",
    action: { kind: "delete", what: "word-before" },
  },
  {
    keys: ["alt+d"],
    summary: "delete the word after",
    action: { kind: "delete", what: "word-after" },
  },
  {
    keys: ["ctrl+u"],
    summary: "delete to the start",
    action: { kind: "delete", what: "to-start" },
  },
  { keys: ["ctrl+k"], summary: "delete to the end", action: { kind: "delete", what: "to-end" } },
  {
    keys: ["ctrl+c"],
    summary: "stop what runs, or clear the line",
    action: { kind: "interrupt" },
  },
  { keys: ["ctrl+o"], summary: "the next pane", action: { kind: "pane", pane: "next" } },
];

/** Whether a line is for kx and not for the model. */
export function isCommand(text: string): boolean {
  return /^\s*:/.test(text);
}

/** Whether a `:` line must wait while something runs: it asks about what will then be there. */
export function mustWait(text: string): boolean {
  const name = /^\s*:\s*(\S*)/.exec(text)![1]!;
  return findCommand(name)?.atOnce !== true;
}

/** What a `:` line asks for. */
export function answerTo(session: Session, text: string): CommandAnswer {
  const [, name, args] = /^\s*:\s*(\S*)\s*([^]*)$/.exec(text)!;
  if (name === "") return problem("A command has a name", "`:help` lists them");
  const command = findCommand(name!);
  return command === undefined ? unknown(name!) : command.run(session, args!.trim());
}

/** By its name, another name, or the beginning of only one. */
export function findCommand(name: string): SessionCommand | undefined {
  const exact = COMMANDS.find((c) => c.name === name || c.also?.includes(name));
  if (exact !== undefined) return exact;
  const begun = COMMANDS.filter((c) => c.name.startsWith(name));
  return begun.length === 1 ? begun[0] : undefined;
}

function unknown(name: string): CommandAnswer {
  const meant = closest(name, COMMANDS.map((c) => c.name));
  return problem(
    `There is no command \`:${name}\``,
    meant === undefined ? "`:help` lists them" : `Did you mean \`:${meant}\`?`,
  );
}

const GROUPS = ["Stepping", "What if", "Looking", "Files", "Help"] as const;

function usageOf({ name, args }: SessionCommand): string {
  return args === undefined ? `:${name}` : `:${name} ${args}`;
}

/** A page of help: all commands, the keys, or one command. Undefined if there is no such page. */
export function helpLines(topic: string): string[] | undefined {
  if (topic === "keys") return keyLines();
  if (topic !== "") {
    // A word of the language has its own page; with a colon it is the command.
    const name = topic.replace(/^:/, "");
    const command = COMMANDS.find((c) => c.name === name || c.also?.includes(name));
    if (command === undefined) return undefined;
    const { also = [], keys = [] } = command;
    return [
      usageOf(command),
      `  ${command.summary}`,
      ...(also.length === 0 ? [] : [`  also ${also.map((name) => `:${name}`).join(", ")}`]),
      ...(keys.length === 0 ? [] : [`  key  ${keys.join(", ")}`]),
    ];
  }
  return [
    "Type a statement to run it, an expression to see its value, `:` for a command.",
    ...GROUPS.flatMap((group) => [
      "",
      group,
      ...COMMANDS.filter((c) => c.group === group).map((command) => {
        const usage = usageOf(command);
        const key = command.keys === undefined ? "" : `  [${command.keys[0]}]`;
        return usage.length > 22
          ? `  ${usage}\n${" ".repeat(26)}${command.summary}${key}`
          : `  ${usage.padEnd(24)}${command.summary}${key}`;
      }).flatMap((line) => line.split("\n")),
    ]),
    "",
    "A word `back` at the end turns a motion round: `:next back`. `:help keys` lists the keys,",
    "`:help language` the words of statements, `:help expect` what can be asked.",
  ];
}

function keyLines(): string[] {
  const rows = [
    ...KEYS.map(({ keys, summary }) => [keys.join(", "), summary] as const),
    ...COMMANDS.flatMap((c) =>
      c.keys === undefined ? [] : [[c.keys.join(", "), `:${c.name}  ${c.summary}`] as const]
    ),
  ];
  const width = Math.max(...rows.map(([keys]) => keys.length));
  return rows.map(([keys, summary]) => `  ${keys.padEnd(width)}  ${summary}`);
}
