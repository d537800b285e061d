/** kx repl in a real pseudo-terminal: what is typed, what is seen, and the terminal that is left. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { COOKED, NO_PTY, RESTORED, Screen } from "./tui/pty.ts";

const UP = "\x1b[A";
const LEFT = "\x1b[D";
const RIGHT = "\x1b[C";
const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_R = "\x12";
const CTRL_U = "\x15";
const CTRL_Z = "\x1a";

/** A test with a screen, which is closed whatever happens. */
function onScreen(
  name: string,
  start: Parameters<typeof Screen.open>[0],
  work: (screen: Screen) => Promise<void>,
): void {
  test(name, NO_PTY === undefined ? {} : { skip: NO_PTY }, async () => {
    const screen = await Screen.open(start);
    try {
      await work(screen);
    } finally {
      screen.close();
    }
  });
}

const MACHINE = "machine vm { memory 0 .. 1GiB }";

onScreen("typing, completion, an answer, and a terminal left as it was", {}, async (screen) => {
  await screen.until("Three things to try");
  deepEqual(screen.modes, { alternate: true, cursor: true, paste: true, mouse: "vt200" });
  screen.type("mach");
  await screen.until("kx> mach");
  screen.type("\t");
  await screen.until("kx> machine");
  screen.type(`vm { memory 0 .. 1GiB }\r`);
  await screen.until("statement 1/1");
  screen.type("lod x");
  await screen.until(/KX\d{4}/);
  screen.type(`${CTRL_U}2 + 3\r`);
  await screen.until("2 + 3 is 5");
  screen.type(CTRL_D);
  deepEqual(await screen.ended(), { status: 0, flags: COOKED });
  deepEqual(screen.modes, RESTORED);
});

onScreen("a step back and forward, and a branch from the past", {}, async (screen) => {
  await screen.until("kx>");
  screen.type(`${MACHINE}\r`);
  await screen.until("statement 1/1");
  screen.type("boot linux 6.1 on vm\r");
  const booted = /step (\d+)\/\1 /.exec(await screen.until(/step (\d\d+)\/\1 /))!;
  const last = Number(booted[1]);
  screen.type(LEFT);
  await screen.until(`step ${last - 1}/${last} `);
  ok(screen.text.includes("in the past"));
  screen.type(RIGHT);
  await screen.until(`step ${last}/${last} `);
  screen.type(":goto 3\r");
  await screen.until(`step 3/${last} `);
  screen.type("boot linux 6.12 on vm\r");
  await screen.until("branch 1 of 2");
  await screen.until("linux 6.12 on vm");
});

onScreen("history outlives the session, and is searched", {}, async (screen) => {
  await screen.until("kx>");
  screen.type(`${MACHINE}\r`);
  await screen.until("statement 1/1");
  screen.type(CTRL_D);
  equal((await screen.ended()).status, 0);
  const again = await Screen.open({ state: screen.state });
  try {
    await again.until("kx>");
    again.type(UP);
    await again.until(`kx> ${MACHINE}`);
    again.type(CTRL_U);
    again.type(CTRL_R);
    await again.until("(search)");
    again.type("mem");
    await again.until(/\(search\) mem +machine vm/);
    again.type("\r");
    await again.until(`kx> ${MACHINE}`);
  } finally {
    again.close();
  }
});

onScreen("another size, smaller and larger, and too small to use", {}, async (screen) => {
  await screen.until("kx>");
  screen.type(`${MACHINE}\r`);
  await screen.until("statement 1/1");
  screen.resize(160, 50);
  await screen.until((text) => text.split("\n")[49]!.includes("leave"), "hints in line 50");
  screen.resize(80, 24);
  await screen.until((text) => text.split("\n")[23]!.includes("step"), "hints in line 24");
  match(screen.lines[22]!, /^kx>/);
  screen.resize(30, 8);
  await screen.until("kx needs 60x16; this is 30x8");
  screen.resize(100, 30);
  await screen.until((text) => text.split("\n")[28]!.startsWith("kx>"), "the prompt again");
});

onScreen("a whole script pasted; a paste that is no text", {}, async (screen) => {
  await screen.until("kx>");
  screen.type(`\x1b[200~${MACHINE}\nboot linux 6.1 on vm\n\x1b[201~`);
  await screen.until("... boot linux 6.1 on vm");
  screen.type("\r");
  await screen.until("linux 6.1 on vm");
  screen.type(`\x1b[200~${"\ufffd\ufffd\ufffd"}\x1b[201~`);
  await screen.until("not text");
  // Keys that nobody knows leave no trace.
  screen.type("\x1b[99~\x1b[?9;9x\x1b]0;title\x07");
  screen.type("# still here");
  await screen.until("# still here");
});

onScreen(
  "frames stay whole around pictures whose width terminals disagree on",
  {},
  async (screen) => {
    await screen.until("kx>");
    const family = "\u{1f469}\u200d\u{1f469}\u200d\u{1f467}";
    for (let i = 0; i < 3; i++) screen.type(`# ${family} ⚠\ufe0f 日本 ${i}\r`);
    await screen.until(new RegExp(`kx> # ${family}.* 2 `));
    for (const text of screen.lines.slice(1, 27)) match(text, /^[╭│╰].*[╮│╯]$/);
  },
);

onScreen(
  "Ctrl-C stops what runs and not the session; twice on an empty line it leaves",
  {},
  async (screen) => {
    await screen.until("kx>");
    screen.type(`${MACHINE}\r`);
    await screen.until("statement 1/1");
    screen.type("boot linux 6.1 on vm\r");
    await screen.until("linux 6.1 on vm");
    screen.type("image a : default { segment data at 64MiB size 256KiB pattern 1 }\r");
    await screen.until("statement 3/3");
    screen.type("for i in 0 .. 250000 { load a; unload default }\r");
    await screen.until("stops it");
    screen.type(CTRL_C);
    await screen.until(
      (text) => !text.includes("stops it") && !text.includes("stopping"),
      "the end",
    );
    screen.type("1 + 1\r");
    await screen.until("1 + 1 is 2");
    screen.type(CTRL_C);
    await screen.until("Ctrl-C once more");
    screen.type(CTRL_C);
    deepEqual(await screen.ended(), { status: 0, flags: COOKED });
    deepEqual(screen.modes, RESTORED);
  },
);

for (const [signal, status] of [["SIGTERM", 143], ["SIGHUP", 129]] as const) {
  onScreen(
    `${signal}: the terminal is restored, the session waits to be recovered`,
    {},
    async (screen) => {
      await screen.until("kx>");
      const pid = await screen.pid();
      screen.type(`${MACHINE}\r`);
      await screen.until("statement 1/1");
      process.kill(pid, signal);
      deepEqual(await screen.ended(), { status, flags: COOKED });
      deepEqual(screen.modes, RESTORED);
      await recovered(screen.state);
    },
  );
}

onScreen("kill -9: what was typed is there again", {}, async (screen) => {
  await screen.until("kx>");
  const pid = await screen.pid();
  screen.type(`${MACHINE}\r`);
  await screen.until("statement 1/1");
  process.kill(pid, "SIGKILL");
  await screen.ended();
  await recovered(screen.state);
});

async function recovered(state: string): Promise<void> {
  const screen = await Screen.open({ state });
  try {
    await screen.until(":recover");
    screen.type(":recover\r");
    await screen.until("statement 1/1");
    await screen.until(`▶ ${MACHINE}`);
  } finally {
    screen.close();
  }
}

onScreen("Ctrl-Z where no shell could bring kx back is told, and kx stays", {}, async (screen) => {
  await screen.until("kx>");
  screen.type(CTRL_Z);
  await screen.until("No shell is here that could bring kx back");
  screen.type("2 + 3\r");
  await screen.until("2 + 3 is 5");
});

onScreen(
  "Ctrl-Z gives the terminal to the shell, fg takes it back",
  { shell: true },
  async (screen) => {
    await screen.until("shell$");
    screen.type(`${Screen.command()}\r`);
    await screen.until("Three things to try");
    screen.type("# half a line");
    await screen.until("kx> # half a line");
    screen.type(CTRL_Z);
    await screen.until("Stopped");
    // The shell asks for pastes in brackets itself.
    deepEqual({ ...screen.modes, paste: false }, RESTORED);
    screen.type("echo the shell $((40 + 2))\r");
    await screen.until("the shell 42");
    screen.type("fg\r");
    await screen.until("kx> # half a line");
    equal(screen.modes.alternate, true);
    screen.type(" goes on");
    await screen.until("kx> # half a line goes on");
  },
);

onScreen(
  "a crash of kx: the terminal is restored, the session waits",
  { runtime: [process.execPath, "run", "-A", "--no-check", "test/tui/crash.ts"] },
  async (screen) => {
    await screen.until("kx>");
    screen.type(`${MACHINE}\r`);
    await screen.until("statement 1/1");
    deepEqual(await screen.ended(), { status: 70, flags: COOKED });
    deepEqual(screen.modes, RESTORED);
    match(screen.text, /kx has a bug and had to stop: Error: made for a test/);
    await recovered(screen.state);
  },
);

onScreen("Bun runs it too", { runtime: ["bun", "src/main.ts"] }, async (screen) => {
  await screen.until(/kx>|bun: (command )?not found/);
  if (screen.text.includes("not found")) return;
  screen.type(`${MACHINE}\r`);
  await screen.until("statement 1/1");
  screen.type(CTRL_D);
  deepEqual(await screen.ended(), { status: 0, flags: COOKED });
  deepEqual(screen.modes, RESTORED);
});

onScreen("no colour where none is wanted", { env: { NO_COLOR: "1" } }, async (screen) => {
  await screen.until("Three things to try");
  equal(screen.coloured, false);
});

onScreen(
  "a terminal of 20x5 gets lines, and is told why",
  { columns: 20, rows: 5 },
  async (screen) => {
    await screen.until("kx>");
    equal(screen.modes.alternate, false);
    screen.type("1 + 1\r");
    await screen.until("1 + 1 is 2");
  },
);

onScreen("the terminal goes away: kx ends, and its session waits", {}, async (screen) => {
  await screen.until("kx>");
  const pid = await screen.pid();
  screen.type(`${MACHINE}\r`);
  await screen.until("statement 1/1");
  screen.hangUp();
  await gone(pid);
  await recovered(screen.state);
});

/** Until a process has ended; the test's own limit is the longest wait. */
async function gone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

onScreen("a dumb terminal gets lines", { env: { TERM: "dumb" } }, async (screen) => {
  await screen.until("kx>");
  equal(screen.modes.alternate, false);
  screen.type("1 + 1\r");
  await screen.until("1 + 1 is 2");
});
