/**
 * Golden files: `x.kx` beside `x.trace`, which holds what `kx run x.kx` prints, and for a wrong
 * script its diagnostics. `kx test` and test/golden_test.ts are both made of this.
 */
import { summary, transcript } from "../views/mod.ts";
import type { Model } from "./command.ts";
import { unifiedDiff } from "./diff.ts";
import type { Host } from "./host.ts";
import { WIDTH } from "./output.ts";
import { folderOf, nameOf, normalize } from "./paths.ts";
import { readWhole } from "./read.ts";
import { checked, executorFor, hasErrors, openScript, plainDiagnostics } from "./scripts.ts";
import { writeAtomically } from "./write.ts";

/** A script and its trace; one of the two may be missing. */
export interface GoldenCase {
  readonly script: string;
  readonly trace: string;
  readonly hasScript: boolean;
  readonly hasTrace: boolean;
}

export type Verdict =
  | { readonly kind: "passed" }
  | { readonly kind: "written" }
  | { readonly kind: "failed"; readonly why: string; readonly diff?: readonly string[] };

/** All cases below a folder, or the one of a file, in the order of their paths. */
export function findCases(host: Host, path: string): GoldenCase[] {
  const files = new Set<string>();
  if (host.status(path).kind === "directory") collect(host, normalize(path), files);
  else {
    const inFolder = new Set(host.list(folderOf(path)));
    for (const end of [".kx", ".trace"]) {
      const file = withEnd(path, end);
      if (inFolder.has(nameOf(file))) files.add(normalize(file));
    }
  }
  const stems = new Set([...files].map((file) => withEnd(file, "")));
  return [...stems].sort().map((stem) => ({
    script: `${stem}.kx`,
    trace: `${stem}.trace`,
    hasScript: files.has(`${stem}.kx`),
    hasTrace: files.has(`${stem}.trace`),
  }));
}

function collect(host: Host, folder: string, into: Set<string>): void {
  for (const name of host.list(folder)) {
    if (name.startsWith(".") || name === "node_modules") continue;
    const path = folder === "." ? name : `${folder}/${name}`;
    if (/\.(kx|trace)$/.test(name)) into.add(path);
    else if (!name.includes(".") && host.status(path).kind === "directory") {
      collect(host, path, into);
    }
  }
}

function withEnd(path: string, end: string): string {
  return path.replace(/\.(kx|trace)$/, "") + end;
}

/** What the trace of a script has to be. */
export function traceOf(
  host: Host,
  script: string,
  model: Model,
  allow: readonly string[] = [],
): string {
  const opened = openScript(host, script, allow, nameOf(script));
  if (!opened.ok) {
    const hint = opened.hint === undefined ? "" : `hint: ${opened.hint}\n`;
    return `error: ${opened.message}\n${hint}`;
  }
  const open = checked(opened.value, model);
  const lines = plainDiagnostics(open).flatMap((paragraph) => [paragraph, ""]);
  if (hasErrors(open)) return lines.slice(0, -1).map((line) => `${line}\n`).join("");
  const executor = executorFor(open, model);
  for (const _ of executor.run(open.source, open.script.body)) { /* all of it */ }
  for (const line of transcript(executor, { detail: "events", width: WIDTH })) lines.push(line);
  lines.push("", summary(executor));
  return lines.map((line) => `${line}\n`).join("");
}

/** Runs one case; with `update`, a trace that is missing or differs is written. */
export function judgeCase(
  host: Host,
  golden: GoldenCase,
  model: Model,
  { update, allow }: { readonly update: boolean; readonly allow?: readonly string[] },
): Verdict {
  const { script, trace } = golden;
  if (!golden.hasScript) {
    return {
      kind: "failed",
      why: `it has no script: delete it, or bring back \`${nameOf(script)}\``,
    };
  }
  const actual = traceOf(host, script, model, allow);
  const expected = golden.hasTrace ? readTrace(host, trace) : undefined;
  if (actual === expected) return { kind: "passed" };
  if (update) {
    writeAtomically(host, trace, actual);
    return { kind: "written" };
  }
  if (expected === undefined) {
    return { kind: "failed", why: `\`${nameOf(trace)}\` is missing: \`--update\` writes it` };
  }
  const diff = unifiedDiff(expected, actual, [trace, `${trace} (now)`]);
  return { kind: "failed", why: "it prints something else now", diff };
}

const LONGEST_TRACE = 256 * 1024 * 1024;

function readTrace(host: Host, path: string): string {
  const bytes = readWhole(host, path, LONGEST_TRACE) ?? new Uint8Array(0);
  return new TextDecoder().decode(bytes);
}
