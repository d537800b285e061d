/**
 * Golden screens: keys that are typed, and the whole screen after them. `test/tui/*.screen` says both;
 * KX_UPDATE=1 writes the screens anew.
 */
import { deepEqual, equal, ok } from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { displayWidth } from "../src/text/mod.ts";
import { Rendered } from "./tui/render.tsx";

const FOLDER = new URL("./tui/", import.meta.url);

/** `size 80x24`, `type …` and `key …` lines; the screen follows each `screen` line. */
const KEYS: Readonly<Record<string, string>> = {
  enter: "\r",
  tab: "\t",
  left: "\x1b[D",
  right: "\x1b[C",
  up: "\x1b[A",
  escape: "\x1b",
  f7: "\x1b[18~",
  f8: "\x1b[19~",
  f10: "\x1b[21~",
  pageup: "\x1b[5~",
  pagedown: "\x1b[6~",
  "ctrl+c": "\x03",
  "ctrl+r": "\x12",
  "ctrl+u": "\x15",
  "alt+1": "\x1b1",
  "alt+2": "\x1b2",
  "alt+3": "\x1b3",
  "alt+4": "\x1b4",
  "alt+5": "\x1b5",
  "alt+6": "\x1b6",
  "alt+7": "\x1b7",
  "alt+8": "\x1b8",
  "alt+9": "\x1b9",
  "alt+=": "\x1b=",
};

for (const name of readdirSync(FOLDER).filter((file) => file.endsWith(".screen")).sort()) {
  test(`screen ${name}`, async () => {
    const path = new URL(name, FOLDER);
    const text = readFileSync(path, "utf8");
    const played = await play(text);
    if ((process.env.KX_UPDATE ?? "") !== "") writeFileSync(path, played);
    else equal(played, text);
  });
}

/** A row of the screen as it stands in the file: `|` shows where it ends. */
const ROW = /^\|/;

async function play(text: string): Promise<string> {
  const lines = text.split("\n").filter((line) => !ROW.test(line));
  const size = /^size (\d+)x(\d+)$/m.exec(text);
  ok(size !== null, "a line `size 80x24`");
  const [columns, rows] = [Number(size[1]), Number(size[2])];
  const screen = new Rendered(columns, rows, { NO_COLOR: "1", TERM: "xterm" });
  const out: string[] = [];
  try {
    for (const line of lines) {
      out.push(line);
      const [, verb, rest] = /^(\w+) ?(.*)$/.exec(line) ?? [];
      if (verb === "type") await screen.type(rest!);
      if (verb === "enter") await screen.type(`${rest}\r`);
      if (verb === "key") { for (const key of rest!.split(" ")) await screen.type(keyOf(key)); }
      if (verb === "paste") {
        await screen.type(`\x1b[200~${rest!.replaceAll("\\n", "\n")}\x1b[201~`);
      }
      if (verb === "screen") out.push(...drawn(screen.text, columns, rows));
    }
  } finally {
    await screen.close();
  }
  return out.join("\n");
}

function keyOf(name: string): string {
  const key = KEYS[name];
  ok(key !== undefined, `a key \`${name}\``);
  return key;
}

/** No row is wider than the screen, and there are as many as it has. */
function drawn(text: string, columns: number, rows: number): string[] {
  const lines = text.split("\n");
  equal(lines.length, rows);
  for (const line of lines) ok(displayWidth(line) <= columns, `too wide: ${line}`);
  return lines.map((line) => `|${line}`);
}

test("what does not change is not drawn again", async () => {
  const screen = new Rendered(100, 30, { TERM: "xterm-256color" });
  try {
    await screen.type("machine vm { memory 0 .. 1GiB }\r");
    await screen.type("boot linux 6.1 on vm\r");
    const before = screen.written.length;
    await screen.type("x");
    const typed = screen.written.slice(before);
    ok(typed.includes("x") && typed.length < 400, `a letter costs ${typed.length} bytes`);
    ok(!typed.includes("\x1b[2J"), "nothing is cleared");
  } finally {
    await screen.close();
  }
});

test("every size from 60x16 to 200x60 is filled exactly", async () => {
  const screen = new Rendered(80, 24, { NO_COLOR: "1", TERM: "xterm" });
  try {
    await screen.type("machine vm { memory 0 .. 1GiB }\r");
    await screen.type('boot linux 6.1 on vm { cmdline "crashkernel=64M" }\r');
    for (let columns = 60; columns <= 200; columns += 7) {
      for (let rows = 16; rows <= 60; rows += 9) {
        await screen.resize(columns, rows);
        const lines = drawn(screen.text, columns, rows);
        equal(lines.filter((line) => line.startsWith("|╰")).length > 1, true);
        ok(lines.at(-2)!.startsWith("|kx>"), `the prompt at ${columns}x${rows}`);
      }
    }
  } finally {
    await screen.close();
  }
});

test("wide characters keep the borders straight", async () => {
  const screen = new Rendered(80, 24, { NO_COLOR: "1", TERM: "xterm" });
  try {
    await screen.type("# 内核转储の記録 — 日本語の説明と絵文字 😀😀 と長い長い長い行\r");
    await screen.type('let a = "内核转储の記録 日本語の説明と絵文字と長い長い長い行 1234567"\r');
    const widths = screen.text.split("\n").filter((line) => /[│╮╯]$/.test(line)).map(displayWidth);
    deepEqual([...new Set(widths)], [80]);
  } finally {
    await screen.close();
  }
});

test("a line of a megabyte is shown around the caret; a longer one is refused in words", async () => {
  const screen = new Rendered(100, 30, { NO_COLOR: "1", TERM: "xterm" });
  try {
    await screen.type(`\x1b[200~${"x".repeat(1 << 20)}\x1b[201~`);
    ok(/^kx> x{60,96}$/m.test(screen.text), screen.text);
    await screen.type("y");
    ok(screen.text.includes("too long to type"), screen.text);
    await screen.type("\x15load old");
    ok(/^kx> load old$/m.test(screen.text), screen.text);
  } finally {
    await screen.close();
  }
});
