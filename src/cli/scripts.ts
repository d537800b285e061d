/** Opening scripts by the names that the user gave, checking them, and telling what is wrong. */
import type { Diagnostic } from "../diagnostics/mod.ts";
import { checkScript, Executor, type Opened } from "../engine/mod.ts";
import { type Block, parse, type Script, type Statement } from "../syntax/mod.ts";
import type { SourceText } from "../text/mod.ts";
import { renderDiagnostic } from "../views/mod.ts";
import { DIAGNOSTIC_COLOURS } from "./colours.ts";
import { bootedWorlds } from "./booted_worlds.ts";
import { type Call, EXIT, type Exit, type Model, UsageError } from "./command.ts";
import { ScriptFiles } from "./files.ts";
import { describeCause, type Host, isSystemError } from "./host.ts";
import { Output, WIDTH } from "./output.ts";

/** A script that could be read, and what is wrong with it. */
export interface OpenScript {
  readonly files: ScriptFiles;
  readonly source: SourceText;
  readonly script: Script;
  /** Of the parser and of the static checks, in the order of the text. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Opens and parses; `-` is standard input. */
export function openScript(
  host: Host,
  path: string,
  allow: readonly string[],
  shown = path,
): Opened<OpenScript> {
  const files = new ScriptFiles(host, allow);
  const opened = path === "-" ? files.input() : files.script(path, shown);
  if (!opened.ok) return opened;
  const { script, diagnostics } = parse(opened.value);
  return { ok: true, value: { files, source: opened.value, script, diagnostics } };
}

/**
 * With what the static checks say, in the order of the text. A statement that could not be read may
 * have declared any name that it mentions: nothing is said of those.
 */
export function checked(open: OpenScript, model: Model): OpenScript {
  const unread = new Set<string>();
  collectUnread(open.script.body, unread);
  const found = checkScript(open.source, open.script, { ...model, files: open.files })
    .filter(({ code, span }) =>
      !code.startsWith("KX01") || span.source !== open.source.id ||
      !unread.has(open.source.slice(span))
    );
  const diagnostics = [...open.diagnostics, ...found]
    .sort((a, b) => a.span.source - b.span.source || a.span.start - b.span.start);
  return { ...open, diagnostics };
}

/**
 * With the worlds alone that the text boots. Where something is wrong all of them are asked: a word may
 * belong to another world, and the hint says so.
 */
export async function checkedWithItsWorlds(
  call: Call,
  open: OpenScript,
): Promise<{ readonly script: OpenScript; readonly model: Model }> {
  const model = await call.model(bootedWorlds(open.source.text));
  const script = checked(open, model);
  if (!hasErrors(script)) return { script, model };
  const all = await call.model();
  return { script: checked(open, all), model: all };
}

function collectUnread(body: readonly Statement[], words: Set<string>): void {
  for (const s of body) {
    if (s.kind === "unreadable") {
      for (const word of s.text.match(/[A-Za-z_][A-Za-z0-9_.]*/g) ?? []) words.add(word);
    }
    for (const block of blocksOf(s)) collectUnread(block.body, words);
  }
}

function blocksOf(s: Statement): readonly Block[] {
  const inner = "block" in s && s.block !== undefined ? [s.block] : [];
  return s.kind === "if" && s.otherwise !== undefined ? [...inner, s.otherwise] : inner;
}

export function hasErrors({ diagnostics }: OpenScript): boolean {
  return diagnostics.some((d) => d.severity === "error");
}

export function executorFor({ files }: OpenScript, model: Model, strict = false): Executor {
  return new Executor({ ...model, files, strict });
}

/** Diagnostics as paragraphs for a file or a test: without colour, of fixed width. */
export function plainDiagnostics({ diagnostics, files }: OpenScript): string[] {
  return diagnostics.map((d) => renderDiagnostic(d, files.sources, { width: WIDTH }));
}

/** Prints diagnostics to stderr. */
export function printDiagnostics(
  output: Output,
  diagnostics: readonly Diagnostic[],
  { sources }: ScriptFiles,
): void {
  const colour = output.colourErr ? { colour: DIAGNOSTIC_COLOURS } : {};
  for (const diagnostic of diagnostics) {
    output.error(renderDiagnostic(diagnostic, sources, { width: output.errorWidth, ...colour }));
    output.error("");
  }
}

/** A file that the user named and that cannot be had; the other files still get their turn. */
export function printProblem(output: Output, problem: { message: string; hint?: string }): Exit {
  output.error(`error: ${problem.message}`);
  if (problem.hint !== undefined) output.error(`hint: ${problem.hint}`);
  return EXIT.wrong;
}

/** The folders of `--allow`. One that is not there is a mistake, and silence would hide it. */
export function allowedFolders({ host, options }: Call): readonly string[] {
  const folders = options.all("allow");
  for (const folder of folders) {
    try {
      if (host.status(folder).kind === "directory") continue;
    } catch (error) {
      if (!isSystemError(error)) throw error;
      throw new UsageError(`Cannot allow \`${folder}\`: ${describeCause(error)}`);
    }
    throw new UsageError(`Cannot allow \`${folder}\`: it is no folder`);
  }
  return folders;
}

/** The exit status of two jobs together. */
export function worse(a: Exit, b: Exit): Exit {
  return a > b ? a : b;
}
