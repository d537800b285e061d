/** From a command line to an exit status. Nothing here ends the process: `main.ts` does. */
import { parseArguments } from "./arguments.ts";
import { type CommandRow, EXIT, type Exit, type LoadModel, UsageError } from "./command.ts";
import { describeCause, type Host, isSystemError } from "./host.ts";
import { Output, OutputClosed } from "./output.ts";
import { printable } from "../text/mod.ts";
import { ReadFailure } from "./read.ts";

export interface Program {
  readonly commands: readonly CommandRow[];
  readonly host: Host;
  /** Loaded only by commands that need it. */
  readonly model: LoadModel;
}

export async function runProgram({ commands, host, model }: Program): Promise<Exit> {
  const output = new Output(host);
  try {
    const parsed = parseArguments(host.args, commands);
    if (parsed.kind === "help") {
      const { help } = await import("./help.ts");
      output.line(await help(parsed.topics, commands, model));
      output.flush();
      return EXIT.well;
    }
    const { row, operands, options } = parsed;
    if (!(row.writes?.(options) ?? false)) host.dropWrite();
    const { command } = await row.load();
    const exit = await command({ operands, options, host, output, model });
    output.flush();
    output.progress.erase();
    return exit;
  } catch (error) {
    // As `cat` and `grep` do when their reader has seen enough: no message, and no failure.
    if (error instanceof OutputClosed) return EXIT.well;
    return report(error, output, host);
  }
}

function report(error: unknown, output: Output, host: Host): Exit {
  try {
    output.flush();
  } catch {
    // The message below matters more than the rest of a result.
  }
  if (error instanceof UsageError) {
    output.error(`error: ${error.message}`);
    if (error.hint !== undefined) output.error(`hint: ${error.hint}`);
    return EXIT.wrong;
  }
  if (error instanceof ReadFailure) {
    output.error(`error: ${error.message}`);
    return EXIT.wrong;
  }
  output.error(bugText(error));
  if (isDebug(host) && error instanceof Error) output.error(error.stack ?? "");
  return EXIT.bug;
}

function bugText(error: unknown): string {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
  const [first] = what.split("\n");
  return `kx has a bug and had to stop: ${
    printable(first!)
  }. This is no fault of your script. Please report it ` +
    "with the script and the command line that show it; with KX_DEBUG=1 in the environment kx also " +
    "prints where in kx it happened.";
}

function isDebug(host: Host): boolean {
  return host.env("KX_DEBUG") === "1";
}

/** Does something with a file that the user named; what the system refuses is told as it is. */
export function withFile<T>(what: string, path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    throw new UsageError(`Cannot ${what} \`${printable(path)}\`: ${describeCause(error)}`);
  }
}
