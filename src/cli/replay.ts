/** `kx replay`: does in the model what was done on a real system, and compares. */
import { type CaseResult, replay, type ReplayReport } from "../replay/mod.ts";
import { printable } from "../text/mod.ts";
import { red } from "./colours.ts";
import { type Call, type Command, EXIT, type Exit } from "./command.ts";
import { decodeText } from "./decode.ts";
import { fill } from "../text/mod.ts";
import { describeCause, isSystemError } from "./host.ts";
import type { Output } from "./output.ts";
import { readWhole } from "./read.ts";
import { printProblem, worse } from "./scripts.ts";

/** A recording of many machines, each with its dumps, is larger than any script. */
const LONGEST_RECORDING = 1 << 30;

export const command: Command = async (call) => {
  const { operands, output, options } = call;
  const { worlds } = await call.model();
  let exit: Exit = EXIT.well;
  let passed = 0;
  let failed = 0;
  const reports: ReplayReport[] = [];
  for (const [i, path] of operands.entries()) {
    output.progress.report(() =>
      `${i + 1} of ${operands.length}: ${path}: ${passed + failed} cases so far`
    );
    const text = readRecording(call, path);
    if (text === undefined) {
      exit = worse(exit, EXIT.wrong);
      continue;
    }
    const report = replay(text, worlds);
    exit = worse(exit, print(output, path, report));
    passed += report.passed;
    failed += report.failed;
    reports.push(report);
  }
  if (options.has("fields")) printFields(output, reports);
  output.line(`${passed} passed, ${failed} failed`);
  return failed === 0 ? exit : worse(exit, EXIT.failed);
};

/** The text, or undefined after it was said why there is none. */
function readRecording({ host, output }: Call, path: string): string | undefined {
  const name = nameFor(path);
  try {
    const bytes = path === "-"
      ? host.readInput(LONGEST_RECORDING)
      : readWhole(host, path, LONGEST_RECORDING);
    const decoded = bytes === undefined
      ? { ok: false as const, message: `\`${name}\` is too long for a recording` }
      : decodeText(bytes, name);
    if (decoded.ok) return decoded.value;
    printProblem(output, decoded);
  } catch (error) {
    if (!isSystemError(error)) throw error;
    printProblem(output, { message: `Cannot read \`${name}\`: ${describeCause(error)}` });
  }
  return undefined;
}

function nameFor(path: string): string {
  return path === "-" ? "standard input" : printable(path);
}

function print(output: Output, path: string, { problems, cases }: ReplayReport): Exit {
  const name = nameFor(path);
  for (const { line, message } of problems) {
    output.error(`error: ${name}${line > 0 ? `:${line}` : ""}: ${printable(message)}`);
  }
  for (const result of cases) if (!result.passed) printCase(output, name, result);
  return problems.length === 0 ? EXIT.well : EXIT.wrong;
}

function printCase(
  output: Output,
  name: string,
  { line, id, machine, differences }: CaseResult,
): void {
  const heading = `FAILED ${name}:${line}: ${printable(id)} on ${printable(machine)}`;
  output.line(output.colourOut ? red(heading) : heading);
  for (const { operation, field, recorded, modelled } of differences) {
    const where = operation === undefined ? "at the end" : `after operation ${operation + 1}`;
    output.line(
      `  ${where}, ${field}: recorded ${printable(recorded)}, modelled ${printable(modelled)}`,
    );
  }
}

/** Each field that was met, with how it is compared: a replay that skips must say so. */
function printFields(output: Output, reports: readonly ReplayReport[]): void {
  const met = new Map<string, { how: string; why: string; count: number }>();
  for (const { rule, count } of reports.flatMap((report) => report.fields)) {
    const { field, how, why } = rule;
    met.set(field, { how, why, count: (met.get(field)?.count ?? 0) + count });
  }
  const name = Math.max(5, ...[...met.keys()].map((field) => field.length));
  const indent = " ".repeat(2);
  for (const [field, { how, why, count }] of met) {
    output.line(`${field.padEnd(name)}  ${how}, ${count} times`);
    for (const line of fill(why, indent)) output.line(line);
  }
  output.line();
}
