/**
 * Reads and writes the cases of this folder: what a person types at a shell, what appears, and
 * the files that are there, all in one text.
 *
 *     What the case shows, in a sentence.
 *
 *     $ kx run story.kx | tail -n 1
 *     1 steps, 1 expectation held, 0 failed
 *     $ kx run stroy.kx
 *     2> error: `stroy.kx` does not exist
 *     2> hint: Did you mean `story.kx`?
 *     [exit 2]
 *
 *     -- story.kx --
 *     expect step is 0
 *
 * `2> ` marks what went to stderr, `[exit N]` a status that is not 0, `> ` a second line of the
 * command. Empty lines at the end of an output do not count.
 */

export interface Shown {
  readonly command: string;
  /** Lines of stdout, then lines of stderr marked with `2> `, then the status if it is not 0. */
  readonly output: string;
}

export interface Case {
  readonly about: string;
  readonly commands: readonly Shown[];
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

const FILE = /^-- (?<name>\S+) --$/;

export function parseCase(text: string): Case {
  const lines = text.split("\n");
  const firstFile = lines.findIndex((line) => FILE.test(line));
  const head = firstFile === -1 ? lines : lines.slice(0, firstFile);
  const firstCommand = head.findIndex((line) => line.startsWith("$ "));
  if (firstCommand === -1) throw new Error("a case has a line that begins with `$ `");
  return {
    about: head.slice(0, firstCommand).join("\n").trim(),
    commands: parseCommands(head.slice(firstCommand)),
    files: firstFile === -1 ? [] : parseFiles(lines.slice(firstFile)),
  };
}

function parseCommands(lines: readonly string[]): Shown[] {
  const commands: { command: string; output: string[] }[] = [];
  for (const line of lines) {
    const last = commands[commands.length - 1];
    if (line.startsWith("$ ")) commands.push({ command: line.slice(2), output: [] });
    else if (line.startsWith("> ") && last!.output.length === 0) {
      last!.command += `\n${line.slice(2)}`;
    } else last!.output.push(line);
  }
  return commands.map(({ command, output }) => ({ command, output: output.join("\n").trimEnd() }));
}

function parseFiles(lines: readonly string[]): Case["files"] {
  const files: { name: string; lines: string[] }[] = [];
  for (const line of lines) {
    const name = FILE.exec(line)?.groups?.name;
    if (name !== undefined) files.push({ name, lines: [] });
    else files[files.length - 1]!.lines.push(line);
  }
  return files.map((file) => ({ name: file.name, text: fileText(file.lines) }));
}

/** Each line with its end; the split after the last one is none. */
function fileText(lines: readonly string[]): string {
  const text = lines.map((line) => `${line}\n`).join("");
  return text.endsWith("\n\n") || text === "\n" ? text.slice(0, -1) : text;
}

/** The text of a case; `parseCase` of it gives the case again. */
export function formatCase({ about, commands, files }: Case): string {
  const shown = commands.map(({ command, output }) =>
    `$ ${command.split("\n").join("\n> ")}\n${output === "" ? "" : `${output}\n`}`
  );
  const archived = files.map(({ name, text }) => `-- ${name} --\n${text}`);
  return [`${about}\n`, shown.join(""), ...(files.length === 0 ? [] : [archived.join("")])].join(
    "\n",
  );
}
