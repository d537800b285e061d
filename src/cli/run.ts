/** `kx run`: runs scripts and prints what happens. */
import type { Executor } from "../engine/mod.ts";
import { describeEvent, summary, traceJson, transcript } from "../views/mod.ts";
import { paintTranscript } from "./colours.ts";
import { type Call, type Command, EXIT, type Exit, type Model } from "./command.ts";
import type { Output } from "./output.ts";
import {
  allowedFolders,
  checkedWithItsWorlds,
  executorFor,
  hasErrors,
  type OpenScript,
  openScript,
  printDiagnostics,
  printProblem,
  worse,
} from "./scripts.ts";

export const command: Command = async (call) => {
  const { operands, host, output } = call;
  const allow = allowedFolders(call);
  const vmcore = call.options.has("vmcore")
    ? (await import("./vmcore.ts")).vmcoreWriter(call)
    : undefined;
  let exit: Exit = EXIT.well;
  const headings = operands.length > 1 && !call.options.has("json") && !call.options.has("quiet");
  let runs = 0;
  for (const path of operands) {
    const opened = openScript(host, path, allow);
    if (!opened.ok) {
      exit = worse(exit, printProblem(output, opened));
      continue;
    }
    const { script, model } = await checkedWithItsWorlds(call, opened.value);
    printDiagnostics(output, script.diagnostics, script.files);
    if (hasErrors(script)) {
      exit = worse(exit, EXIT.wrong);
      continue;
    }
    if (headings) output.line(`${runs++ > 0 ? "\n" : ""}==> ${script.source.name} <==`);
    const executor = runOne(call, script, model);
    exit = worse(exit, exitOf(executor));
    if (vmcore !== undefined) exit = worse(exit, vmcore(executor.timeline, script.source.name));
  }
  return exit;
};

function runOne(call: Call, script: OpenScript, model: Model): Executor {
  const { options, output } = call;
  const executor = executorFor(script, model, options.has("strict"));
  drain(executor, script, output);
  if (options.has("json")) {
    for (const line of traceJson(executor)) output.line(line);
    printDiagnostics(output, executor.problems, script.files);
  } else if (options.has("quiet")) {
    printFailures(executor, output);
    printDiagnostics(output, executor.problems, script.files);
  } else printTranscript(executor, output, options.has("events"));
  return executor;
}

/** Ticks between two looks at the clock. */
const STRIDE = 1024;

function drain(executor: Executor, { source, script }: OpenScript, output: Output): void {
  let ticks = 0;
  for (const _ of executor.run(source, script.body)) {
    if (++ticks % STRIDE !== 0) continue;
    output.progress.report(() => `${source.name}: ${executor.timeline.length} steps`);
  }
  output.progress.erase();
}

function printTranscript(executor: Executor, output: Output, events: boolean): void {
  const paint = output.colourOut ? paintTranscript : (line: string) => line;
  const detail = events ? "events" : "short";
  for (const line of transcript(executor, { detail, width: output.width })) {
    output.line(paint(line));
  }
  output.line();
  output.line(summary(executor));
  printProblemLines(executor, output);
}

/** One paragraph for each statement that failed: where it stands, how it was refused, what was expected. */
function printFailures(executor: Executor, output: Output): void {
  const paint = output.colourOut ? paintTranscript : (line: string) => line;
  for (const record of executor.failures) {
    const text = executor.texts.get(record.span.source)!;
    const { line } = text.position(record.span.start);
    output.line(`${text.name}:${line}: ${text.slice(record.span).split("\n", 1)[0]}`);
    for (let step = record.from + 1; step <= record.to; step++) {
      const event = executor.timeline.eventAt(step);
      const told = event.kind === "refused" ? describeEvent(event) : undefined;
      if (told !== undefined) output.line(`  ${told.verb}: ${told.detail}`);
    }
    output.line(paint(`  FAILED: ${record.failure}`));
  }
}

/** The transcript shows each in full; this line is for whoever sent the transcript elsewhere. */
function printProblemLines(executor: Executor, output: Output): void {
  for (const { code, message, span } of executor.problems) {
    const text = executor.texts.get(span.source)!;
    const { line, column } = text.position(span.start);
    output.error(`error[${code}]: ${text.name}:${line}:${column}: ${message}`);
  }
}

function exitOf(executor: Executor): Exit {
  if (executor.problems.length > 0) return EXIT.wrong;
  return executor.failures.length > 0 ? EXIT.failed : EXIT.well;
}
