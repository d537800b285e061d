/**
 * What a terminal sends, as keys, text, pastes and turns of the wheel. Sequences may come in pieces;
 * what nobody knows is dropped whole, so that no part of it is taken for typing.
 */

export type TerminalInput =
  /** `a` with modifiers before it: `ctrl+r`, `alt+left`, `shift+tab`, `f5`, `enter`. */
  | { readonly kind: "key"; readonly name: string }
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "paste"; readonly text: string }
  /** Lines, negative upwards; column and row from 0. */
  | { readonly kind: "wheel"; readonly by: number; readonly x: number; readonly y: number };

const ESC = "\x1b";
const PASTE_END = `${ESC}[201~`;

/** One notch of the wheel. */
const WHEEL_LINES = 3;

const CSI_LETTERS: Readonly<Record<string, string>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  F: "end",
  H: "home",
  P: "f1",
  Q: "f2",
  R: "f3",
  S: "f4",
};

const CSI_NUMBERS: Readonly<Record<number, string>> = {
  1: "home",
  2: "insert",
  3: "delete",
  4: "end",
  5: "pageup",
  6: "pagedown",
  7: "home",
  8: "end",
  11: "f1",
  12: "f2",
  13: "f3",
  14: "f4",
  15: "f5",
  17: "f6",
  18: "f7",
  19: "f8",
  20: "f9",
  21: "f10",
  23: "f11",
  24: "f12",
  // The console of Linux has these for Shift and a function key.
  25: "shift+f1",
  26: "shift+f2",
  28: "shift+f3",
  29: "shift+f4",
  31: "shift+f5",
  32: "shift+f6",
  33: "shift+f7",
  34: "shift+f8",
};

/** The keypad, where a program left it in its application mode. */
const KEYPAD = "*+,-./0123456789";

/** After Escape: a string for or from the terminal itself, up to a bell or `ESC \\`. */
const STRINGS = "]P_^X";
/** Longer ones are taken for no string: what follows is typing again. */
const LONGEST_STRING = 4096;

/** Characters that keyboards send as control codes, by code. */
const CODES: Readonly<Record<number, string>> = {
  0: "ctrl+space",
  8: "backspace",
  9: "tab",
  10: "enter",
  13: "enter",
  27: "escape",
  28: "ctrl+\\",
  29: "ctrl+]",
  30: "ctrl+^",
  31: "ctrl+_",
  127: "backspace",
};

export class Decoder {
  #pending = "";
  /** Pieces of a paste that has not ended. */
  #paste: string[] | undefined;

  /** A sequence has begun; if nothing follows soon, `flush` takes it for what it is. */
  get waits(): boolean {
    return this.#paste === undefined && this.#pending !== "";
  }

  push(chunk: string): TerminalInput[] {
    const found: TerminalInput[] = [];
    let text = this.#pending + chunk;
    this.#pending = "";
    while (text !== "") {
      if (this.#paste !== undefined) {
        text = this.#takePaste(text, found);
        continue;
      }
      const at = text.indexOf(ESC);
      if (at !== 0) {
        plain(at < 0 ? text : text.slice(0, at), found);
        text = at < 0 ? "" : text.slice(at);
        continue;
      }
      const length = sequenceLength(text);
      if (length === undefined) {
        this.#pending = text;
        break;
      }
      this.#sequence(text.slice(0, length), found);
      text = text.slice(length);
    }
    return found;
  }

  /** Nothing followed: a lone Escape is the key. */
  flush(): TerminalInput[] {
    const text = this.#pending;
    this.#pending = "";
    if (text === "" || this.#paste !== undefined) return [];
    return text === ESC ? [{ kind: "key", name: "escape" }] : [];
  }

  #takePaste(text: string, found: TerminalInput[]): string {
    const paste = this.#paste!;
    // The end mark may be cut in two: what could begin it waits.
    const tail = paste.length > 0 ? paste.pop()! : "";
    const whole = tail + text;
    const end = whole.indexOf(PASTE_END);
    if (end < 0) {
      const keep = Math.max(0, whole.length - PASTE_END.length);
      paste.push(whole.slice(0, keep), whole.slice(keep));
      return "";
    }
    paste.push(whole.slice(0, end));
    this.#paste = undefined;
    found.push({ kind: "paste", text: cleaned(paste.join("")) });
    return whole.slice(end + PASTE_END.length);
  }

  #sequence(sequence: string, found: TerminalInput[]): void {
    if (sequence === `${ESC}[200~`) {
      this.#paste = [];
      return;
    }
    const read = readSequence(sequence);
    if (read !== undefined) found.push(read);
  }
}

/** Length of the sequence that `text` begins with; undefined while it is not whole. */
function sequenceLength(text: string): number | undefined {
  const second = text[1];
  if (second === undefined) return undefined;
  if (second === ESC) {
    // Alt and a key that is a sequence itself; two Escapes are two keys.
    if (text[2] === "[" || text[2] === "O") {
      const rest = sequenceLength(text.slice(1));
      return rest === undefined ? undefined : rest + 1;
    }
    return text.length === 2 ? undefined : 1;
  }
  if (second === "O") return text.length >= 3 ? 3 : undefined;
  if (STRINGS.includes(second)) return stringLength(text);
  if (second !== "[") return 1 + String.fromCodePoint(text.codePointAt(1)!).length;
  if (text[2] === "[") return text.length >= 4 ? 4 : undefined;
  for (let at = 2; at < text.length; at++) {
    const code = text.charCodeAt(at);
    // rxvt ends a key with Shift so.
    if (text[at] === "$" && /^\d+$/.test(text.slice(2, at))) return at + 1;
    if (code >= 0x40 && code <= 0x7e) return at + 1;
    // No sequence holds this: what came before it is dropped.
    if (code < 0x20 || code > 0x7e) return at;
  }
  return undefined;
}

/** Of a string such as a colour that some program asked for: nobody typed it. */
function stringLength(text: string): number | undefined {
  for (let at = 2; at < text.length; at++) {
    if (text[at] === "\x07") return at + 1;
    if (text[at] === ESC) {
      if (at + 1 === text.length) return undefined;
      return text[at + 1] === "\\" ? at + 2 : at;
    }
  }
  return text.length > LONGEST_STRING ? 2 : undefined;
}

function readSequence(sequence: string): TerminalInput | undefined {
  if (sequence === ESC) return { kind: "key", name: "escape" };
  if (sequence.startsWith(ESC + ESC)) {
    const inner = readSequence(sequence.slice(1));
    return inner?.kind === "key" ? key(inner.name, 2) : undefined;
  }
  const rest = sequence.slice(1);
  if (STRINGS.includes(rest[0]!)) return undefined;
  if (rest.startsWith("O")) {
    const letter = rest[1]!;
    const typed = letter >= "j" && letter <= "y" ? KEYPAD[letter.charCodeAt(0) - 0x6a] : undefined;
    if (typed !== undefined) return { kind: "text", text: typed };
    if (letter === "M") return key("enter", 0);
    // rxvt has small letters for arrows with Ctrl.
    const name = CSI_LETTERS[letter] ?? arrowOf(letter);
    return name === undefined ? undefined : key(name, name === CSI_LETTERS[letter] ? 0 : 4);
  }
  if (!rest.startsWith("[")) return altKey(rest);
  const mouse = /^\[<(\d+);(\d+);(\d+)M$/.exec(rest);
  if (mouse !== null) return wheel(Number(mouse[1]), Number(mouse[2]), Number(mouse[3]));
  // F1 … F5 on the console of Linux.
  const console = /^\[\[([A-E])$/.exec(rest);
  if (console !== null) return key(`f${console[1]!.charCodeAt(0) - 0x40}`, 0);
  const parts = /^\[([\d;:]*)([~^$@A-Za-z])$/.exec(rest);
  if (parts === null) return undefined;
  const fields = parts[1]!.split(";").map((part) => part.split(":").map((n) => Number(n) || 0));
  const numbers = fields.map(([first]) => first!);
  // A key that is let go, from terminals that were told to say so.
  if (fields[1]?.[1] === 3) return undefined;
  // Beside Shift, Alt and Ctrl there are locks, which change nothing.
  const modifiers = Math.max(0, (numbers[1] ?? 1) - 1) & 7;
  switch (parts[2]) {
    case "^":
    case "$":
    case "@": {
      const name = CSI_NUMBERS[numbers[0]!];
      return name === undefined ? undefined : key(name, { "^": 4, "$": 1, "@": 5 }[parts[2]]);
    }
    case "a":
    case "b":
    case "c":
    case "d":
      return key(arrowOf(parts[2])!, 1);
    case "~": {
      // Keys that have no code of their own, from terminals that tell all modifiers.
      if (numbers[0] === 27 && numbers.length === 3) return coded(numbers[2]!, modifiers);
      const name = CSI_NUMBERS[numbers[0]!];
      return name === undefined ? undefined : key(name, modifiers);
    }
    case "u": {
      // The character that Shift makes of it comes after the key's own.
      const shifted = (modifiers & 1) !== 0 ? fields[0]![1] : undefined;
      return coded(shifted || numbers[0]!, modifiers);
    }
    case "Z":
      return key("tab", modifiers | 1);
    default: {
      const name = CSI_LETTERS[parts[2]!];
      return name === undefined ? undefined : key(name, modifiers);
    }
  }
}

function arrowOf(letter: string): string | undefined {
  return letter >= "a" && letter <= "d" ? CSI_LETTERS[letter.toUpperCase()] : undefined;
}

/** Shift 1, alt 2, ctrl 4. */
function key(name: string, modifiers: number): TerminalInput {
  const had = /^(?:(?:ctrl|alt|shift)\+)*/.exec(name)![0];
  const bare = name.slice(had.length);
  const has = (word: string, bit: number): string =>
    had.includes(`${word}+`) || (modifiers & bit) !== 0 ? `${word}+` : "";
  return {
    kind: "key",
    name: `${has("ctrl", 4)}${has("alt", 2)}${has("shift", 1)}${bare}`,
  };
}

function altKey(text: string): TerminalInput | undefined {
  const code = text.codePointAt(0)!;
  const named = CODES[code] ?? (code < 27 ? `ctrl+${String.fromCharCode(code + 96)}` : undefined);
  return key(named ?? text, 2);
}

/** A key by its code point. */
function coded(code: number, modifiers: number): TerminalInput | undefined {
  const named = CODES[code];
  if (named !== undefined) return key(named, modifiers);
  if (code < 32 || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return undefined;
  const text = String.fromCodePoint(code);
  // Kitty's private numbers for keys that type nothing.
  if (code >= 0xe000 && code <= 0xf8ff) return undefined;
  return (modifiers & ~1) === 0 ? { kind: "text", text } : key(text, modifiers & ~1);
}

function wheel(button: number, column: number, row: number): TerminalInput | undefined {
  if ((button & ~0b11100) !== 64 && (button & ~0b11100) !== 65) return undefined;
  const by = (button & 1) === 0 ? -WHEEL_LINES : WHEEL_LINES;
  return { kind: "wheel", by, x: column - 1, y: row - 1 };
}

/** Characters and control codes that came without a sequence. */
function plain(text: string, found: TerminalInput[]): void {
  let typed = "";
  const flush = (): void => {
    if (typed !== "") found.push({ kind: "text", text: typed });
    typed = "";
  };
  for (const character of text) {
    const code = character.codePointAt(0)!;
    if (code >= 0x20 && (code < 0x7f || code > 0x9f)) {
      typed += character;
      continue;
    }
    flush();
    const named = CODES[code] ?? (code < 27 ? `ctrl+${String.fromCharCode(code + 96)}` : undefined);
    if (named !== undefined) found.push({ kind: "key", name: named });
  }
  flush();
}

/** Colours and titles, as they stand in a log that was copied: they go whole. */
// deno-lint-ignore no-control-regex
const SEQUENCES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]P_^X][^\x07\x1b]*(?:\x07|\x1b\\))/g;

/** A paste keeps line ends and tabs, and nothing else that a terminal or an editor would act on. */
function cleaned(text: string): string {
  const plain = text.replace(SEQUENCES, "");
  // deno-lint-ignore no-control-regex
  return plain.replace(/\r\n?/g, "\n").replace(/[\0-\x08\x0b-\x1f\x7f-\x9f]/g, "");
}
