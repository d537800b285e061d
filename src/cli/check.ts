/** `kx check`: all diagnostics of all files, and nothing is run. */
import { type Command, EXIT, type Exit } from "./command.ts";
import {
  allowedFolders,
  checkedWithItsWorlds,
  hasErrors,
  openScript,
  printDiagnostics,
  printProblem,
  worse,
} from "./scripts.ts";

export const command: Command = async (call) => {
  const { operands, host, output } = call;
  const allow = allowedFolders(call);
  let exit: Exit = EXIT.well;
  let errors = 0;
  let warnings = 0;
  for (const [i, path] of operands.entries()) {
    output.progress.report(() => `checking ${i + 1} of ${operands.length}: ${path}`);
    const opened = openScript(host, path, allow);
    if (!opened.ok) {
      exit = worse(exit, printProblem(output, opened));
      errors++;
      continue;
    }
    const { script } = await checkedWithItsWorlds(call, opened.value);
    printDiagnostics(output, script.diagnostics, script.files);
    errors += script.diagnostics.filter((d) => d.severity === "error").length;
    warnings += script.diagnostics.filter((d) => d.severity === "warning").length;
    if (hasErrors(script)) exit = worse(exit, EXIT.wrong);
  }
  const found = [count(errors, "error"), count(warnings, "warning")].filter((text) => text !== "");
  const result = `${count(operands.length, "file")}: ${
    found.length === 0 ? "nothing wrong" : found.join(", ")
  }`;
  if (exit === EXIT.well) output.line(result);
  else output.error(result);
  return exit;
};

function count(number: number, noun: string): string {
  return number === 0 ? "" : `${number} ${noun}${number === 1 ? "" : "s"}`;
}
