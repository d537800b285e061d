/** What terminals send, in whole and in pieces, as keys and text. */
import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Decoder, type TerminalInput } from "../src/tui/decode.ts";

/** Everything that a text is decoded to, a lone Escape at its end included. */
function decoded(...chunks: readonly string[]): TerminalInput[] {
  const decoder = new Decoder();
  return [...chunks.flatMap((chunk) => decoder.push(chunk)), ...decoder.flush()];
}

function keys(text: string): string[] {
  return decoded(text).map((input) => input.kind === "key" ? input.name : JSON.stringify(input));
}

test("keys by the names of the session's table", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["\r", "enter"],
    ["\t", "tab"],
    ["\x7f", "backspace"],
    ["\x01", "ctrl+a"],
    ["\x1a", "ctrl+z"],
    ["\x1b[A", "up"],
    ["\x1bOA", "up"],
    ["\x1b[1;5D", "ctrl+left"],
    ["\x1b[1;3C", "alt+right"],
    ["\x1b\x1b[C", "alt+right"],
    ["\x1bf", "alt+f"],
    ["\x1b\r", "alt+enter"],
    ["\x1b\x7f", "alt+backspace"],
    ["\x1b[Z", "shift+tab"],
    ["\x1b[3~", "delete"],
    ["\x1b[5~", "pageup"],
    ["\x1b[6;2~", "shift+pagedown"],
    ["\x1bOP", "f1"],
    ["\x1b[18~", "f7"],
    ["\x1b[18;2~", "shift+f7"],
    ["\x1b[H", "home"],
    ["\x1b[13;2u", "shift+enter"],
    ["\x1b[27;2;13~", "shift+enter"],
    ["\x1b", "escape"],
    // The console of Linux, rxvt, keypads, and terminals that tell of locks.
    ["\x1b[[A", "f1"],
    ["\x1b[[E", "f5"],
    ["\x1b[33~", "shift+f7"],
    ["\x1b[1~", "home"],
    ["\x1b[4~", "end"],
    ["\x1b[7~", "home"],
    ["\x1b[8~", "end"],
    ["\x1bOH", "home"],
    ["\x1bOF", "end"],
    ["\x1b[F", "end"],
    ["\x1b[c", "shift+right"],
    ["\x1bOd", "ctrl+left"],
    ["\x1b[5$", "shift+pageup"],
    ["\x1b[6^", "ctrl+pagedown"],
    ["\x1bOM", "enter"],
    ["\x1b[1;131D", "alt+left"],
    ["\x1b[99;5u", "ctrl+c"],
    ["\x1b[99;133u", "ctrl+c"],
    ["\x1b[1;1:1C", "right"],
  ];
  for (const [sent, name] of rows) deepEqual(keys(sent), [name], JSON.stringify(sent));
});

test("text, wide characters, and what nobody knows", () => {
  deepEqual(decoded("load old"), [{ kind: "text", text: "load old" }]);
  deepEqual(decoded("日本😀"), [{ kind: "text", text: "日本😀" }]);
  deepEqual(decoded("\x1bOq\x1bOy\x1b[97;129u\x1b[97:65;2u\x1b[58;1u"), [
    { kind: "text", text: "1" },
    { kind: "text", text: "9" },
    { kind: "text", text: "a" },
    { kind: "text", text: "A" },
    { kind: "text", text: ":" },
  ]);
  // Answers to what another program has asked, and keys that are let go, are not typed.
  deepEqual(decoded("\x1b]11;rgb:0000/0000/0000\x1b\\\x1b]10;?\x07\x1bP1+r\x1b\\\x1b[1;1:3C"), []);
  deepEqual(decoded("\x1b[99~\x1b[?1;2c\x1b[I\x1b[O\x1b[<0;3;4M"), []);
  deepEqual(decoded("\x1b[<64;3;4M\x1b[<65;10;2M"), [
    { kind: "wheel", by: -3, x: 2, y: 3 },
    { kind: "wheel", by: 3, x: 9, y: 1 },
  ]);
});

test("a paste keeps its lines and loses what would act on a terminal", () => {
  deepEqual(decoded("\x1b[200~a {\r\n\tb\r}\x1b[31m\x00\x1b[201~x"), [
    { kind: "paste", text: "a {\n\tb\n}" },
    { kind: "text", text: "x" },
  ]);
  const megabyte = "x".repeat(1 << 20);
  deepEqual(decoded(`\x1b[200~${megabyte}\x1b[201~`), [{ kind: "paste", text: megabyte }]);
});

test("it does not matter where a stream is cut", () => {
  const pieces = fc.constantFrom(
    "a",
    "日",
    "\r",
    "\x1b[A",
    "\x1b[1;5C",
    "\x1bOP",
    "\x1bb",
    "\x1b[<64;3;4M",
    "\x1b[200~some\ntext\x1b[201~",
    "\x1b[201",
    "\x1b[[A",
    "\x1b[5$",
    "\x1b]11;rgb:0/0/0\x1b\\",
    "\x1b]0;title\x07",
    "\x03",
  );
  const joinedText = (inputs: readonly TerminalInput[]): string =>
    inputs.map((input) => input.kind === "text" ? input.text : `<${JSON.stringify(input)}>`).join(
      "",
    );
  fc.assert(
    fc.property(fc.array(pieces), fc.array(fc.nat(200)), (stream, cuts) => {
      const text = stream.join("");
      const at = [...new Set(cuts.map((cut) => cut % (text.length + 1)))].sort((a, b) => a - b);
      const chunks = [0, ...at].map((from, i) => text.slice(from, at[i] ?? text.length));
      deepEqual(joinedText(decoded(...chunks)), joinedText(decoded(text)));
    }),
    { seed: 4, numRuns: 500 },
  );
});

test("whatever comes, decoding ends and gives text that is safe", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      for (const input of decoded(text)) {
        // deno-lint-ignore no-control-regex
        if (input.kind === "text") deepEqual(/[\0-\x1f\x7f-\x9f]/.test(input.text), false);
      }
    }),
    { seed: 5, numRuns: 500 },
  );
});
