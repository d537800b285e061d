/** One run of a program: its names, its steps, and how it ends. */
import type {
  ProgramCpu,
  ProgramEnd,
  ProgramStep,
  ProgramVariable,
  QueryShape,
} from "../machine/mod.ts";
import type { Block, Expression, Phrase, Sentence, Statement, Word } from "../syntax/mod.ts";
import {
  complain,
  Complaint,
  evaluate,
  evaluatePhrase,
  type Scope,
  type Surroundings,
  u64Of,
} from "./evaluate.ts";
import { judge } from "./conditions.ts";
import { integer, NOTHING, show, type Value } from "./values.ts";

/** Statements that one run of a program may execute. */
const MOST_STEPS = 100_000;

const ADDRESS = { name: "address", type: "address" } as const;

/** What a program can ask: what its processor sees. */
export const PROGRAM_QUERIES: readonly QueryShape[] = [
  { pattern: ["word", "at", ADDRESS], summary: "a 64-bit word of memory", answer: () => NOTHING },
  { pattern: ["byte", "at", ADDRESS], summary: "a byte of memory", answer: () => NOTHING },
  {
    pattern: ["register", { name: "name", type: "name" }],
    summary: "a register of the processor that runs the program",
    answer: () => NOTHING,
  },
  { pattern: ["base"], summary: "address of the program's first byte", answer: () => NOTHING },
];

class Endless extends Error {}

/** One run of a program: its names, and how many steps it did. */
export class ProgramRun implements Scope {
  readonly #name: string;
  readonly #cpu: ProgramCpu;
  readonly #variables: ReadonlyMap<string, ProgramVariable>;
  readonly #locals = new Map<string, Value>();
  readonly #outer: Scope;
  #steps = 0;

  constructor(
    name: string,
    params: readonly string[],
    variables: readonly ProgramVariable[],
    cpu: ProgramCpu,
    outer: Scope,
  ) {
    this.#name = name;
    this.#cpu = cpu;
    this.#variables = new Map(variables.map((v) => [v.name, v]));
    this.#outer = outer;
    for (const [i, param] of params.entries()) this.#locals.set(param, integer(cpu.args[i] ?? 0n));
  }

  lookup(name: string): Value | undefined {
    const variable = this.#variables.get(name);
    if (variable !== undefined) {
      return integer(this.#word(this.#cpu.base + BigInt(variable.offset)));
    }
    return this.#locals.get(name) ?? this.#outer.lookup(name);
  }

  names(): string[] {
    return [...this.#variables.keys(), ...this.#locals.keys(), ...this.#outer.names()];
  }

  *run(block: Block): Generator<ProgramStep, ProgramEnd, void> {
    try {
      return (yield* this.#block(block)) ?? { kind: "return", value: 0n };
    } catch (error) {
      if (error instanceof Endless) return { kind: "endless", steps: MOST_STEPS };
      throw error;
    }
  }

  *#block(block: Block): Generator<ProgramStep, ProgramEnd | undefined, void> {
    for (const s of block.body) {
      const end = yield* this.#statement(s);
      if (end !== undefined) return end;
    }
    return undefined;
  }

  *#statement(s: Statement): Generator<ProgramStep, ProgramEnd | undefined, void> {
    if (++this.#steps > MOST_STEPS) throw new Endless();
    switch (s.kind) {
      case "let":
        this.#locals.set(s.name.text, evaluatePhrase(s.value, this.#around()));
        return undefined;
      case "if": {
        const block = judge(s.condition, this.#around()).holds ? s.block : s.otherwise;
        return block === undefined ? undefined : yield* this.#block(block);
      }
      case "for": {
        const over = evaluatePhrase(s.over, this.#around());
        if (over.kind !== "range") {
          return complain("KX0404", s.span, "`for` in a program needs a range");
        }
        for (let i = over.start; i < over.end; i++) {
          this.#locals.set(s.name.text, integer(i));
          const end = yield* this.#block(s.block);
          if (end !== undefined) return end;
          if (++this.#steps > MOST_STEPS) throw new Endless();
        }
        return undefined;
      }
      case "sentence":
        return yield* this.#sentence(s);
      default:
        return undefined;
    }
  }

  *#sentence(s: Sentence): Generator<ProgramStep, ProgramEnd | undefined, void> {
    const [, first, ...rest] = s.words;
    switch (s.head) {
      case "set": {
        const variable = first?.kind === "word" ? this.#variables.get(first.text) : undefined;
        if (variable === undefined) {
          return complain(
            "KX0101",
            first?.span ?? s.span,
            "`set` needs a variable of the program",
            "Declare it first: `var NAME`",
          );
        }
        const value = this.#number(valueOf(s));
        yield this.#store(
          this.#cpu.base + BigInt(variable.offset),
          value,
          8,
          `variable ${variable.name} of program ${this.#name}`,
        );
        return undefined;
      }
      case "write": {
        const size = first?.kind === "word" && first.text === "byte" ? 1 : 8;
        const place = after(rest, (e) => e.kind === "word" && e.text === "at") ?? addressAfterAt(s);
        if (place === undefined) {
          return complain(
            "KX0203",
            s.span,
            "`write` needs an address",
            "Write `write word at ADDRESS = VALUE`",
          );
        }
        const value = this.#number(valueOf(s));
        yield this.#store(
          u64Of(place, this.#around()),
          value,
          size,
          `a ${size === 1 ? "byte" : "word"} by program ${this.#name}`,
        );
        return undefined;
      }
      case "return": {
        const split = s.words.findIndex((e) => e.kind === "word" && e.text === "leaving");
        const phrase = s.words.slice(1, split < 0 ? undefined : split);
        const value = phrase.length === 0 ? 0n : this.#number(phrase);
        if (split < 0) return { kind: "return", value };
        return { kind: "return", value, leaving: this.#number(s.words.slice(split + 1)) };
      }
      case "jump": {
        const split = s.words.findIndex((e) => isNamed(e, "leaving"));
        const to = s.words.slice(isNamed(first, "to") ? 2 : 1, split < 0 ? undefined : split);
        if (to.length === 0) {
          return complain("KX0203", s.span, "`jump` needs an address", "Write `jump to ADDRESS`");
        }
        const vaddr = this.#number(to);
        if (split < 0) return { kind: "jump", vaddr };
        return { kind: "jump", vaddr, leaving: this.#number(s.words.slice(split + 1)) };
      }
      case "fault":
        return {
          kind: "fault",
          why: first === undefined
            ? "the program made it fault"
            : wordText(evaluate(first, this.#around())),
        };
      case "halt":
        return { kind: "halt" };
      case "power_off":
        return { kind: "power-off" };
      case "load_gdt":
        yield { kind: "load-gdt" };
        return undefined;
      case "say":
        yield {
          kind: "say",
          text: first === undefined
            ? ""
            : wordText(evaluatePhrase(s.words.slice(1), this.#around())),
        };
        return undefined;
      case "loop":
        for (;;) {
          const end = s.block === undefined ? undefined : yield* this.#block(s.block);
          if (end !== undefined) return end;
          if (++this.#steps > MOST_STEPS) throw new Endless();
        }
      default:
        return undefined;
    }
  }

  #store(vaddr: bigint, value: bigint, size: number, what: string): ProgramStep {
    const bytes = new Uint8Array(new BigUint64Array([value]).buffer).subarray(0, size);
    return { kind: "store", vaddr, bytes, what };
  }

  #number(phrase: Phrase): bigint {
    const value = evaluatePhrase(phrase, this.#around());
    if (value.kind === "integer") return BigInt.asUintN(64, value.value);
    if (value.kind === "boolean") return value.value ? 1n : 0n;
    return complain("KX0404", phrase[0]!.span, "Expected a number here");
  }

  #word(vaddr: bigint): bigint {
    const bytes = this.#cpu.read(vaddr, 8);
    return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigUint64(0, true);
  }

  #around(): Surroundings {
    const around: Surroundings = {
      // Nothing is asked of the machine as a whole: a program sees what its processor sees.
      machine: undefined as never,
      scope: this,
      queries: PROGRAM_QUERIES,
      helpTopic: "program",
      ask: (match) => {
        const argument = [...match.args.values()][0];
        switch (match.query.pattern[0]) {
          case "word":
            return integer(this.#word(u64Of(argument!.expression, around)), "hex");
          case "byte":
            return integer(
              BigInt(this.#cpu.read(u64Of(argument!.expression, around), 1)[0]!),
              "hex",
            );
          case "register": {
            const name = (argument!.expression as Word).text;
            const value = this.#cpu.register(name);
            if (value === undefined) throw unknownRegister(argument!.expression);
            return integer(value, "hex");
          }
          default:
            return integer(this.#cpu.base, "hex");
        }
      },
    };
    return around;
  }
}

function unknownRegister(e: Expression): Complaint {
  const message = e.kind === "word"
    ? `There is no register \`${e.text}\``
    : "Expected a register here";
  return new Complaint({ code: "KX0101", severity: "error", message, span: e.span });
}

/** What stands behind `=`. */
function valueOf(s: Sentence): Phrase {
  const index = s.words.findIndex((e) => e.kind === "mark" && e.text === "=");
  if (index < 0 || index + 1 === s.words.length) {
    return complain("KX0203", s.span, `\`${s.head}\` needs a value after \`=\``);
  }
  return s.words.slice(index + 1);
}

function addressAfterAt(s: Sentence): Expression | undefined {
  return after(s.words.slice(1), (e) => isNamed(e, "at"));
}

function isNamed(e: Expression | undefined, text: string): boolean {
  return e?.kind === "word" && e.text === text;
}

function wordText(value: Value): string {
  return value.kind === "text" || value.kind === "word" ? value.value : show(value);
}

/** The expression behind the first one that is meant. */
export function after(
  words: readonly Expression[],
  is: (e: Expression) => boolean,
): Expression | undefined {
  const index = words.findIndex(is);
  return index < 0 ? undefined : words[index + 1];
}
