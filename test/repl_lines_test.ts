/** The session in lines: how bytes become lines, and what a terminal without a screen sees. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Host } from "../src/cli/host.ts";
import { host } from "../src/cli/host_node.ts";
import { Output } from "../src/cli/output.ts";
import { runLines } from "../src/cli/repl_lines.ts";
import { LONGEST_INPUT, Store } from "../src/session/mod.ts";
import { invariants } from "../src/machine/invariants/mod.ts";
import { worlds } from "../src/worlds/mod.ts";
import { MemoryHost } from "./session_lab.ts";
import { NO_PTY, Screen } from "./tui/pty.ts";

/** A slow machine is no failure; Bun would give up after five seconds. */
const PATIENT = { timeout: 300_000 };

/** Runs a session on a pipe that brings these pieces, and gives what it prints. */
async function piped(pieces: readonly (string | Uint8Array)[]): Promise<string> {
  const waiting = [...pieces];
  let printed = "";
  const pipe: Host = {
    ...host,
    env: () => undefined,
    isTerminal: () => false,
    write: (_, bytes) => {
      printed += new TextDecoder().decode(bytes);
      return bytes.length;
    },
    readNext: () => {
      const next = waiting.shift();
      return Promise.resolve(typeof next === "string" ? new TextEncoder().encode(next) : next);
    },
    onInterrupt: () => () => {},
  };
  const memory = new MemoryHost();
  memory.later = (work) => void setTimeout(work, 0);
  const store = new Store({ worlds, invariants }, memory, { linear: true, columns: 100 });
  assert.equal(await runLines(store, pipe, new Output(pipe)), 0);
  return printed;
}

test(
  "lines: they may come in any pieces, with any line ends, and the last one without",
  PATIENT,
  async () => {
    const text = 'let a = 20\r\na + 1\r\nlet b = "ä日"\nb';
    const bytes = new TextEncoder().encode(text);
    const whole = await piped([text]);
    assert.equal(whole, '  a + 1 is 21\n  b is "ä日"\n');
    for (const size of [1, 2, 3, 7]) {
      const pieces: Uint8Array[] = [];
      for (let at = 0; at < bytes.length; at += size) pieces.push(bytes.subarray(at, at + size));
      assert.equal(await piped(pieces), whole, `pieces of ${size}`);
    }
  },
);

test(
  "lines: a pasted script runs statement by statement, a map of thousands of lines too",
  PATIENT,
  async () => {
    const map = Array.from(
      { length: 3000 },
      (_, i) =>
        `${(0x100000 + i * 0x2000).toString(16)}-${
          (0x100fff + i * 0x2000).toString(16)
        } : System RAM`,
    );
    const script = ["machine m {", "  iomem {", ...map, "  }", "}", "boot linux 6.1 on m", "power"];
    assert.match(await piped([script.join("\n")]), /power is running/);
  },
);

test(
  "lines: a line without an end is refused in words, and what follows is read",
  PATIENT,
  async () => {
    const long = "x".repeat(LONGEST_INPUT);
    const printed = await piped([long, long, long, long, "\nlet a = 1\na\n"]);
    assert.match(printed, /too long to type/);
    assert.match(printed, / {2}a is 1\n$/);
  },
);

test(
  "lines: bytes that are no text are refused in words, and what follows is read",
  PATIENT,
  async () => {
    const bytes = Uint8Array.from({ length: 300 }, (_, i) => (i * 7) % 256).filter((b) => b !== 10);
    const printed = await piped([bytes, "\n1 + 1\n"]);
    assert.match(printed, /^error: That is not text: \d+ of its characters/);
    assert.match(printed, / {2}1 \+ 1 is 2\n$/);
  },
);

test("lines: nothing that is said can drive the terminal", PATIENT, async () => {
  const printed = await piped([":open \x1b[2Jx\n", ":\x9b31m\n", 'expect "\\u{1b}[2J" == 1\n']);
  // deno-lint-ignore no-control-regex
  assert.doesNotMatch(printed, /[\x00-\x09\x0b-\x1f\x7f-\x9f]/);
});

test("lines: an open brace at the end of the input is told", PATIENT, async () => {
  assert.match(await piped(["machine vm {\n memory 1MiB .. 2MiB\n"]), /KX0017/);
});

const terminal = NO_PTY === undefined ? PATIENT : { skip: NO_PTY };

test("lines: Ctrl-C stops what runs and not the session", terminal, async () => {
  const screen = await Screen.open({ args: ["--linear"] });
  try {
    await screen.until("kx> ");
    screen.type("let a = 1\rfor i in 0 .. 240000 { let b = i }\r");
    await screen.until("Ctrl-C stops");
    screen.type("\x03");
    await screen.until("Stopped: nothing of");
    screen.type("a + 41\r");
    await screen.until("a + 41 is 42");
    screen.type("\x03");
    await screen.until("`:quit` leaves");
    screen.type(":quit\r");
    assert.equal((await screen.ended()).status, 0);
  } finally {
    screen.close();
  }
});

test("lines: TERM=dumb has the session in lines, and says so", terminal, async () => {
  const screen = await Screen.open({ env: { TERM: "dumb" } });
  try {
    await screen.until("line by line");
    await screen.until("kx> ");
    screen.type("2 * 21\r");
    await screen.until("2 * 21 is 42");
    assert.equal(screen.modes.alternate, false);
    assert.equal(screen.coloured, false);
    screen.type("\x04");
    assert.equal((await screen.ended()).status, 0);
  } finally {
    screen.close();
  }
});
