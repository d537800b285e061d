/** What a command is: a row of the table that parses the command line and prints every help. */
import type { World } from "../machine/mod.ts";
import type { Invariant } from "../machine/invariants/mod.ts";
import type { Host } from "./host.ts";
import type { Output } from "./output.ts";

/** What the process ends with. */
export const EXIT = {
  well: 0,
  /** An expectation, a golden file or a recording failed. */
  failed: 1,
  /** The text or the usage is wrong. */
  wrong: 2,
  /** kx itself is inconsistent: EX_SOFTWARE of sysexits.h. */
  bug: 70,
} as const;

export type Exit = typeof EXIT[keyof typeof EXIT];

export interface OptionRow {
  /** Without the dashes. */
  readonly name: string;
  /** What stands for its value in help: `DIR`; absent for one that has none. */
  readonly value?: string;
  readonly summary: string;
}

export interface OperandRow {
  /** `FILE`, `PATH`, `CODE`. */
  readonly name: string;
  readonly least: number;
  readonly most: number;
}

export interface CommandRow {
  readonly name: string;
  readonly summary: string;
  /** Sentences for its own help. */
  readonly details: string;
  readonly operands?: OperandRow;
  readonly options: readonly OptionRow[];
  readonly examples: readonly string[];
  /** Whether it may write files; a command that runs scripts gives that up before it reads one. */
  writes?(options: Options): boolean;
  load(): Promise<{ readonly command: Command }>;
}

export type Command = (call: Call) => Exit | Promise<Exit>;

/** What kx knows of the world; handed in by `main.ts`, since the shell knows no world by name. */
export interface Model {
  readonly worlds: readonly World[];
  readonly invariants: readonly Invariant[];
}

/** Loads the worlds with these names, those that there are; all of them without names. */
export type LoadModel = (names?: readonly string[]) => Promise<Model>;

/** A command line after parsing, and all that a command may use. */
export interface Call {
  readonly operands: readonly string[];
  readonly options: Options;
  readonly host: Host;
  readonly output: Output;
  readonly model: LoadModel;
}

/** Options that were given. */
export class Options {
  readonly #values = new Map<string, string[]>();

  add(name: string, value: string): void {
    const values = this.#values.get(name);
    if (values === undefined) this.#values.set(name, [value]);
    else values.push(value);
  }

  has(name: string): boolean {
    return this.#values.has(name);
  }

  /** Every value of an option that may be given several times. */
  all(name: string): readonly string[] {
    return this.#values.get(name) ?? [];
  }
}

/** The command line is wrong, or a file that it names; the message says what would be right. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
