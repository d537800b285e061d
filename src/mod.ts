/**
 * kx as a library:
 *
 *     import { kx } from "…/mod.ts";
 *
 *     const lab = kx`
 *       machine host { memory 0 .. 640KiB, 1MiB .. 1GiB }
 *       boot linux 6.1 on host { cmdline "crashkernel=64M" }
 *       image old : default { segment text at ${0x0100_0000} size 1MiB fill 0xa1 }
 *       load old
 *     `;
 *     lab.machine.slots;              // { default: 1 }
 *     lab.at(17).page(0x0100_0000);   // who owns that page after step 17, and what is in it
 *     lab.transcript();               // what `kx run` prints
 *
 * A modelled system that says no is a result, not an error: look at `lab.failures`. Only a text that
 * describes no machine throws, with the diagnostics that `kx check` prints.
 */
import type { Diagnostic } from "./diagnostics/mod.ts";
import {
  checkScript,
  Executor,
  type FileLoader,
  type Limits,
  NO_FILES,
  type Opened,
  type StatementRecord,
  type Timeline,
} from "./engine/mod.ts";
import {
  type Event,
  type FileBytes,
  type Machine,
  ownerOf,
  readMemory,
  type World,
} from "./machine/mod.ts";
import { type Invariant, invariants as allInvariants } from "./machine/invariants/mod.ts";
import { parse, quote } from "./syntax/mod.ts";
import { SourceText } from "./text/mod.ts";
import { renderDiagnostic, summary, transcript, type TranscriptOptions } from "./views/mod.ts";
import { worlds as allWorlds } from "./worlds/mod.ts";

export type { Diagnostic, Event, FileLoader, Limits, Machine, StatementRecord, Timeline };

export interface RunOptions {
  /** What diagnostics call the text. */
  readonly name?: string;
  /** What `use`, `file` and maps read: contents by path, or a loader. Without it they are refused. */
  readonly files?: FileLoader | Readonly<Record<string, string | Uint8Array>>;
  /** Hazards count as failures. */
  readonly strict?: boolean;
  readonly limits?: Partial<Limits>;
  readonly worlds?: readonly World[];
  readonly invariants?: readonly Invariant[];
}

const WIDTH = 100;
const PAGE = 4096;

/** Runs a script to its end. Throws a `ScriptError` if the text is wrong. */
export function run(text: string, options: RunOptions = {}): Lab {
  const source = new SourceText(0, options.name ?? "script", text);
  const { script, diagnostics } = parse(source);
  const sources = [source];
  const settings = {
    worlds: options.worlds ?? allWorlds,
    invariants: options.invariants ?? allInvariants,
    files: remembering(loaderOf(options.files), sources),
    strict: options.strict ?? false,
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  };
  refuseErrors(diagnostics, sources);
  refuseErrors(checkScript(source, script, settings), sources);
  const executor = new Executor(settings);
  for (const _ of executor.run(source, script.body)) { /* to the end */ }
  refuseErrors(executor.problems, sources);
  return new Lab(executor);
}

function loaderOf(files: RunOptions["files"]): FileLoader {
  if (files === undefined) return NO_FILES;
  if (typeof files.text === "function" && typeof files.bytes === "function") {
    return files as FileLoader;
  }
  return new GivenFiles(files as Readonly<Record<string, string | Uint8Array>>);
}

/** Keeps each text at the index that spans call it by, so that diagnostics can quote it. */
function remembering(files: FileLoader, sources: SourceText[]): FileLoader {
  return {
    text(path, from) {
      const opened = files.text(path, from);
      if (opened.ok) sources[opened.value.id] = opened.value;
      return opened;
    },
    bytes: (path, from) => files.bytes(path, from),
  };
}

/** Files that the caller holds in memory. */
class GivenFiles implements FileLoader {
  readonly #contents: ReadonlyMap<string, string | Uint8Array>;
  readonly #texts = new Map<string, SourceText>();

  constructor(contents: Readonly<Record<string, string | Uint8Array>>) {
    this.#contents = new Map(Object.entries(contents));
  }

  text(path: string): Opened<SourceText> {
    const content = this.#contents.get(path);
    if (content === undefined) return this.#missing(path);
    let text = this.#texts.get(path);
    if (text === undefined) {
      // The script itself is text 0.
      text = new SourceText(
        this.#texts.size + 1,
        path,
        typeof content === "string" ? content : new TextDecoder().decode(content),
      );
      this.#texts.set(path, text);
    }
    return { ok: true, value: text };
  }

  bytes(path: string): Opened<FileBytes> {
    const content = this.#contents.get(path);
    if (content === undefined) return this.#missing(path);
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    const read = (offset: number, length: number) => bytes.slice(offset, offset + length);
    return { ok: true, value: { name: path, size: bytes.length, read } };
  }

  #missing(path: string): { readonly ok: false; readonly message: string } {
    return { ok: false, message: `\`${path}\` is not among the files of this run` };
  }
}

/** What may stand in `${…}`: written into the script as a literal, never as code. */
export type Interpolated =
  | number
  | bigint
  | string
  | boolean
  | Word
  | { readonly start: number | bigint; readonly end: number | bigint }
  | readonly Interpolated[];

/** A script with values in it: `` kx`image ${word(name)} : crash { … }` ``. */
export function kx(parts: TemplateStringsArray, ...values: Interpolated[]): Lab {
  return run(parts.reduce((text, part, i) => text + literal(values[i - 1]!) + part));
}

/** A name that is written without quotes. */
export class Word {
  readonly text: string;
  constructor(text: string) {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(text)) {
      throw new TypeError(`A word has letters, digits and _ only: ${JSON.stringify(text)}`);
    }
    this.text = text;
  }
}

/** A name for `${…}`, which would otherwise become a quoted text. */
export function word(text: string): Word {
  return new Word(text);
}

function literal(value: Interpolated): string {
  switch (typeof value) {
    case "number":
      if (!Number.isSafeInteger(value)) {
        throw new TypeError(`A number in a script is an exact integer: ${value}; use a bigint`);
      }
      return value < 0 ? `(${value})` : String(value);
    case "bigint":
      // In parentheses, so that `- ${-1n}` and `2 ${-1n}` mean what they look like.
      return value < 0n ? `(-0x${(-value).toString(16)})` : `0x${value.toString(16)}`;
    case "string":
      return quote(value);
    case "boolean":
      return String(value);
    case "object":
      if (value instanceof Word) return value.text;
      if (value !== null && "start" in value) {
        return `(${literal(value.start)} .. ${literal(value.end)})`;
      }
      if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  }
  throw new TypeError(`A script cannot hold this value: ${String(value)}`);
}

/** What a run made: every step, and the machine after each. */
export class Lab {
  readonly #executor: Executor;

  constructor(executor: Executor) {
    this.#executor = executor;
  }

  get timeline(): Timeline {
    return this.#executor.timeline;
  }

  /** What was done for each statement, in the order of execution. */
  get records(): readonly StatementRecord[] {
    return this.#executor.records;
  }

  /** The statements whose expectation does not hold, or that were refused although nobody expected it. */
  get failures(): readonly StatementRecord[] {
    return this.#executor.failures;
  }

  /** The machine after the last step. */
  get machine(): Machine {
    return this.#executor.machine;
  }

  /** The state after a step, 0 … `timeline.length`. */
  at(step: number): Moment {
    return new Moment(this.#executor.timeline, step);
  }

  /** A page of the machine after the last step. */
  page(address: bigint | number): PageView {
    return this.at(this.timeline.length).page(address);
  }

  /** What `kx run` prints. */
  transcript(options: Partial<TranscriptOptions> = {}): string {
    const lines = transcript(this.#executor, { detail: "short", width: WIDTH, ...options });
    return [...lines, "", summary(this.#executor), ""].join("\n");
  }
}

/** One moment of a timeline. */
export class Moment {
  readonly step: number;
  /** What made this moment; nothing did at step 0. */
  readonly event: Event | undefined;
  readonly machine: Machine;

  constructor(timeline: Timeline, step: number) {
    if (!Number.isInteger(step) || step < 0 || step > timeline.length) {
      throw new RangeError(`The timeline has steps 0 to ${timeline.length}: ${step} is none`);
    }
    this.step = step;
    this.event = step === 0 ? undefined : timeline.eventAt(step);
    this.machine = timeline.stateAt(step);
  }

  page(address: bigint | number): PageView {
    const frame = Number(BigInt(address) / BigInt(PAGE));
    const owner = ownerOf(this.machine, frame);
    const content = this.machine.contents.get(frame);
    return {
      address: frame * PAGE,
      owner: owner === undefined || owner === "free" ? owner : owner.kind,
      label: owner === undefined || owner === "free" ? owner : owner.label,
      what: content?.what,
      writer: content?.writer,
      bytes: () => readMemory(this.machine, frame * PAGE, PAGE),
    };
  }
}

/** A page: whose it is, who wrote it last, and what it holds. */
export interface PageView {
  readonly address: number;
  /** `free`, a kind of owner, or undefined where there is no RAM. */
  readonly owner: string | undefined;
  readonly label: string | undefined;
  /** What was written there, in words. */
  readonly what: string | undefined;
  /** The step that wrote it; 0 for what was there at power-on. */
  readonly writer: number | undefined;
  bytes(): Uint8Array;
}

/** The text describes no machine. The message is what `kx check` prints. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[], sources: readonly SourceText[]) {
    super(
      `\n${diagnostics.map((d) => renderDiagnostic(d, sources, { width: WIDTH })).join("\n\n")}\n`,
    );
    this.diagnostics = diagnostics;
  }
}

function refuseErrors(diagnostics: readonly Diagnostic[], sources: readonly SourceText[]): void {
  if (diagnostics.some((d) => d.severity === "error")) throw new ScriptError(diagnostics, sources);
}
