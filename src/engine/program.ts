/**
 * `program NAME(ARGS) { … }`: behaviour of code in an image, written in kx. Its variables are words of
 * memory behind its first bytes, read and written through the page tables of whoever runs it; what
 * `let` binds lasts as long as the run. A program that does too many steps is stopped.
 *
 *     program counter(a, b) {
 *       var total
 *       set total = total + a + b
 *       return total
 *     }
 */
import { closest } from "../diagnostics/mod.ts";
import { CODE_BYTES, type Program, type ProgramVariable, splitmix64 } from "../machine/mod.ts";
import type { Block, Sentence } from "../syntax/mod.ts";
import type { SourceText } from "../text/mod.ts";
import type { Sources } from "./arguments.ts";
import { complain, type Surroundings, u64Of } from "./evaluate.ts";
import { after, ProgramRun } from "./program_run.ts";

/** What may stand in a program beside `let`, `if` and `for`, by its first word. */
export const PROGRAM_STATEMENTS: Readonly<
  Record<string, readonly [form: string, summary: string]>
> = {
  var: ["var NAME [= VALUE] [at OFFSET]", "a word of the program's own memory, inside its segment"],
  set: ["set NAME = VALUE", "writes such a word"],
  write: ["write word|byte at ADDRESS = VALUE", "writes memory, through the page tables"],
  return: ["return [VALUE] [leaving ENTRY]", "goes back to the caller; a word for the next call"],
  jump: ["jump to ADDRESS [leaving ENTRY]", "goes on there, with what is there"],
  fault: ['fault ["WHY"]', "an exception"],
  halt: ["halt", "stops the processor for good"],
  power_off: ["power_off", "switches the machine off"],
  load_gdt: ["load_gdt", "loads a GDT with the caller's selectors, as 6.1 needs before a return"],
  say: ["say VALUE", "a line in the trace"],
  loop: ["loop { … }", "again and again, until something ends the program"],
};

const OTHERS = ["let", "if", "for"] as const;

/** From a sentence to a program. Complains of what is no statement of a program. */
export function declareProgram(s: Sentence, around: Sources, text: SourceText): Program {
  const call = s.words[1];
  if (call?.kind !== "call" || s.words.length > 2 || s.block === undefined) {
    return complain(
      "KX0203",
      s.span,
      "`program` needs a name, parameters and a block",
      "Write `program NAME(A, B) { … }`",
    );
  }
  const params = call.args.map((e) =>
    e.kind === "word" ? e.text : complain("KX0207", e.span, "Expected a name here")
  );
  checkBlock(s.block);
  const variables = layOut(s.block, around);
  const end = variables.reduce((most, v) => Math.max(most, v.offset + 8), CODE_BYTES);
  const argumentOffsets = params.map((_, i) => end + 8 * i);
  const resultOffset = end + 8 * params.length;
  const code = codeOf(text.slice(s.span));
  const bytes = new Uint8Array(Math.ceil((resultOffset + 8) / 16) * 16);
  bytes.set(code);
  for (const v of variables) new DataView(bytes.buffer).setBigUint64(v.offset, v.initial, true);
  const name = call.callee.text;
  const block = s.block;
  return {
    name,
    params,
    argumentOffsets,
    resultOffset,
    variables,
    code,
    bytes,
    run: (cpu) => new ProgramRun(name, params, variables, cpu, around.scope).run(block),
  };
}

function checkBlock(block: Block): void {
  for (const s of block.body) {
    switch (s.kind) {
      case "let":
        break;
      case "if":
        checkBlock(s.block);
        if (s.otherwise !== undefined) checkBlock(s.otherwise);
        break;
      case "for":
        checkBlock(s.block);
        break;
      case "sentence":
        if (!Object.hasOwn(PROGRAM_STATEMENTS, s.head)) {
          const known = [...Object.keys(PROGRAM_STATEMENTS), ...OTHERS];
          const meant = closest(s.head, known);
          complain(
            "KX0201",
            s.words[0]!.span,
            `Unknown word \`${s.head}\` in \`program\``,
            meant === undefined
              ? `Known here: ${known.map((h) => `\`${h}\``).join(", ")}`
              : `Did you mean \`${meant}\`?`,
          );
        }
        if (s.block !== undefined) checkBlock(s.block);
        break;
      default:
        complain("KX0209", s.span, `\`${s.kind}\` cannot stand in a program`);
    }
  }
}

/** `var NAME [= VALUE] [at OFFSET]`, one behind the other unless they say where. */
function layOut(block: Block, around: Surroundings): ProgramVariable[] {
  const variables: ProgramVariable[] = [];
  let next = CODE_BYTES;
  for (const s of block.body) {
    if (s.kind !== "sentence" || s.head !== "var") continue;
    const [, name, ...rest] = s.words;
    if (name?.kind !== "word") {
      return complain("KX0203", s.span, "`var` needs a name", "Write `var NAME`, `var NAME = 5`");
    }
    const value = after(rest, (e) => e.kind === "mark" && e.text === "=");
    const place = after(rest, (e) => e.kind === "word" && e.text === "at");
    const offset = place === undefined ? next : Number(u64Of(place, around));
    if (offset < CODE_BYTES && place !== undefined) {
      complain(
        "KX0401",
        place.span,
        `A variable lies at ${CODE_BYTES} or above: the code is before`,
      );
    }
    if (offset > 1 << 20) {
      complain("KX0401", place!.span, "A variable lies within 1 MiB of its program");
    }
    variables.push({
      name: name.text,
      offset,
      initial: value === undefined ? 0n : u64Of(value, around),
    });
    next = Math.max(next, Math.ceil((offset + 8) / 8) * 8);
  }
  return variables;
}

/** `kx:prog` and a number that follows from the text: another text is another program. */
function codeOf(text: string): Uint8Array {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  const code = new Uint8Array(CODE_BYTES);
  code.set(new TextEncoder().encode("kx:prog"));
  new DataView(code.buffer).setBigUint64(8, splitmix64(hash), true);
  return code;
}
