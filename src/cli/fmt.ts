/** `kx fmt`: gives scripts the one canonical layout. */
import { format, parse } from "../syntax/mod.ts";
import { SourceText } from "../text/mod.ts";
import { type Call, type Command, EXIT, type Exit } from "./command.ts";
import { withFile } from "./program.ts";
import {
  hasErrors,
  type OpenScript,
  openScript,
  printDiagnostics,
  printProblem,
  worse,
} from "./scripts.ts";
import { writeAtomically } from "./write.ts";

export const command: Command = (call) => {
  let exit: Exit = EXIT.well;
  for (const path of call.operands) {
    const opened = openScript(call.host, path, []);
    exit = worse(
      exit,
      opened.ok ? formatOne(call, path, opened.value) : printProblem(call.output, opened),
    );
  }
  return exit;
};

function formatOne({ host, output, options }: Call, path: string, open: OpenScript): Exit {
  printDiagnostics(output, open.diagnostics, open.files);
  // What could not be read cannot be laid out either.
  if (hasErrors(open)) return EXIT.wrong;
  const { source, script } = open;
  const text = format(script, source);
  proveStable(source, text);
  const check = options.has("check");
  if (path === "-" && !check) {
    output.text(text);
    return EXIT.well;
  }
  if (text === source.text) return EXIT.well;
  if (!check) withFile("write", path, () => writeAtomically(host, path, text));
  output.line(source.name);
  return check ? EXIT.failed : EXIT.well;
}

/** A formatter that is wrong would destroy what somebody wrote: it is asked twice before it may. */
function proveStable(source: SourceText, text: string): void {
  const again = new SourceText(source.id, source.name, text);
  const { script, diagnostics } = parse(again);
  if (diagnostics.some((d) => d.severity === "error") || format(script, again) !== text) {
    throw new Error(`the layout of ${source.name} is not stable; nothing was written`);
  }
}
