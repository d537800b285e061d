/**
 * `kx run --vmcore FILE`: the memory of the machine that panicked, as an ELF core. kx keeps the right
 * to write for such a run, since Deno cannot give up all of it but one file; the script has no words
 * that write.
 */
import type { Machine } from "../machine/mod.ts";
import { printable } from "../text/mod.ts";
import { contentBytes, type Core, coreOf, lastPanic, pieces, type Steps } from "../vmcore/mod.ts";
import { type Call, EXIT, type Exit, UsageError } from "./command.ts";
import { isSystemError, type NewFile } from "./host.ts";
import { withFile } from "./program.ts";
import { printProblem } from "./scripts.ts";
import { streamAtomically } from "./write.ts";

/** Refuses at once what cannot work; what it gives back writes the core of a run. */
export function vmcoreWriter(call: Call): (steps: Steps, script: string) => Exit {
  const path = targetOf(call);
  const { host, output } = call;
  return (steps, script) => {
    const moment = lastPanic(steps);
    if (moment === undefined) {
      return printProblem(output, {
        message: `No core was written: nothing panics in \`${script}\``,
        hint: 'A core shows memory after a panic: add `panic "why"`, or run without `--vmcore`',
      });
    }
    const core = coreOf(moment);
    output.flush();
    withFile("write", path, () => {
      streamAtomically(host, path, (file) => fill(call, file, moment.machine, core));
    });
    output.progress.erase();
    return EXIT.well;
  };
}

function targetOf({ operands, options, host }: Call): string {
  const [path, more] = options.all("vmcore") as [string, string?];
  if (more !== undefined) throw new UsageError("`--vmcore` may be given once");
  if (operands.length > 1) {
    throw new UsageError(
      `\`--vmcore\` writes the core of one script, and ${operands.length} were given`,
      "Run them one by one, each with a file of its own",
    );
  }
  const shown = printable(path);
  if (path === "-") {
    throw new UsageError(
      "A core cannot go to standard output: most of it is a hole",
      "Name a file: `--vmcore core`",
    );
  }
  const same = operands[0] !== "-" && realPath(operands[0]!) === realPath(path);
  if (same) throw new UsageError(`\`--vmcore ${shown}\` would replace the script itself`);
  const kind = found(() => host.status(path).kind);
  if (kind === "directory") throw new UsageError(`Cannot write \`${shown}\`: it is a folder`);
  // The new file would take the name of a device or pipe, and so its place.
  if (kind === "other") throw new UsageError(`Cannot write \`${shown}\`: it is no plain file`);
  return path;

  function realPath(file: string): string | symbol {
    return found(() => host.realPath(file)) ?? Symbol(file);
  }
}

/** What the system says of a file; undefined if it is not there. */
function found<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch (error) {
    if (!isSystemError(error)) throw error;
    return undefined;
  }
}

function fill({ output }: Call, file: NewFile, machine: Machine, core: Core): void {
  file.setLength(core.length);
  const total = contentBytes(machine, core);
  let done = 0;
  const looked = (bytes: number): void => {
    done += bytes;
    output.progress.report(() => `core: ${mebibytes(done)} of ${mebibytes(total)} MiB`);
  };
  for (const { offset, bytes } of pieces(machine, core, looked)) {
    for (let at = 0; at < bytes.length;) at += file.write(bytes.subarray(at), offset + at);
  }
}

function mebibytes(bytes: number): number {
  return Math.ceil(bytes / 2 ** 20);
}
