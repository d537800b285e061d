/** From a command line to an exit status, with commands that go wrong on purpose. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { importsOf, resolve } from "../../scripts/tidy/graph.ts";
import {
  type Call,
  type CommandRow,
  EXIT,
  type Exit,
  type Model,
  UsageError,
} from "../../src/cli/command.ts";
import { COMMANDS } from "../../src/cli/commands.ts";
import { runProgram } from "../../src/cli/program.ts";
import { ReadFailure } from "../../src/cli/read.ts";
import { FakeHost, systemError } from "./fake_host.ts";

const NO_MODEL: Model = { worlds: [], invariants: [] };

/** Runs a command that does `work`, with the arguments after its name. */
async function program(host: FakeHost, work: (call: Call) => Exit): Promise<Exit> {
  const row: CommandRow = {
    name: "toy",
    summary: "",
    details: "",
    operands: { name: "FILE", least: 0, most: Infinity },
    options: [{ name: "write", summary: "" }],
    examples: [],
    writes: (options) => options.has("write"),
    load: () => Promise.resolve({ command: work }),
  };
  return await runProgram({ commands: [row], host, model: () => Promise.resolve(NO_MODEL) });
}

test("a command's status is the program's", async () => {
  for (const exit of [EXIT.well, EXIT.failed, EXIT.wrong]) {
    assert.equal(await program(new FakeHost("toy"), () => exit), exit);
  }
});

test("a bug is one paragraph with a request and no stack", async () => {
  const host = new FakeHost("toy");
  const exit = await program(host, ({ output }) => {
    output.line("result so far");
    throw new TypeError("it is\nundefined \x1b[31m");
  });
  assert.equal(exit, 70);
  assert.equal(host.stdout, "result so far\n");
  assert.match(
    host.stderr,
    /^kx has a bug and had to stop: TypeError: it is\. .*Please report it .*KX_DEBUG=1.*\n$/,
  );
  assert.ok(!host.stderr.includes("    at "));
});

test("with KX_DEBUG=1 a bug has its stack", async () => {
  const host = new FakeHost("toy");
  host.environment = { KX_DEBUG: "1" };
  assert.equal(
    await program(host, () => {
      throw new Error("boom");
    }),
    70,
  );
  assert.match(host.stderr, /program_test/);
});

test("a wrong usage and a vanished file are no bugs", async () => {
  const usage = new FakeHost("toy");
  assert.equal(
    await program(usage, () => {
      throw new UsageError("no", "try this");
    }),
    2,
  );
  assert.equal(usage.stderr, "error: no\nhint: try this\n");
  const vanished = new FakeHost("toy");
  assert.equal(
    await program(vanished, () => {
      throw new ReadFailure("gone");
    }),
    2,
  );
  assert.equal(vanished.stderr, "error: gone\n");
});

test("a reader that went away ends the program quietly", async () => {
  const host = new FakeHost("toy");
  host.writeError = systemError("EPIPE");
  assert.equal(
    await program(host, ({ output }) => {
      output.line("nobody reads this");
      return EXIT.failed;
    }),
    EXIT.well,
  );
  assert.equal(host.stderr, "");
});

test("a pipe that is full for a moment gets everything", async () => {
  const host = new FakeHost("toy");
  let left = 3;
  const write = host.write.bind(host);
  host.write = (stream, bytes) => {
    if (left-- > 0) throw systemError("EAGAIN");
    return write(stream, bytes);
  };
  await program(host, ({ output }) => {
    output.line("all of this line");
    return EXIT.well;
  });
  assert.equal(host.stdout, "all of this line\n");
});

test("the right to write is given up before a command that only looks is even loaded", async () => {
  for (const [args, writable] of [[["toy"], false], [["toy", "--write"], true]] as const) {
    const host = new FakeHost(...args);
    let seen: boolean | undefined;
    await program(host, () => {
      seen = host.writable;
      return EXIT.well;
    });
    assert.equal(seen, writable);
  }
});

test("a live session may write; fmt, test and run only when they were asked to", async () => {
  for (const row of COMMANDS) {
    const host = new FakeHost(row.name, "x", ...(row.name === "fmt" ? ["--check"] : []));
    const commands = [{ ...row, load: () => Promise.resolve({ command: () => EXIT.well }) }];
    const { operands } = row;
    const used = operands === undefined || operands.most === 0 ? new FakeHost(row.name) : host;
    assert.equal(
      await runProgram({ commands, host: used, model: () => Promise.resolve(NO_MODEL) }),
      EXIT.well,
    );
    assert.equal(used.writable, row.name === "repl", row.name);
  }
});

test("progress shows on a terminal after a second, and is gone at the end", async () => {
  const long = ({ output }: Call): Exit => {
    for (let i = 0; i < 40; i++) output.progress.report(() => `step ${i}`);
    output.line("done");
    return EXIT.well;
  };
  const terminal = new FakeHost("toy");
  Object.assign(terminal, { terminals: ["stderr"], tick: 50 });
  await program(terminal, long);
  assert.ok(terminal.stderr.startsWith("\rstep "), JSON.stringify(terminal.stderr));
  assert.ok(terminal.stderr.endsWith("\r"), JSON.stringify(terminal.stderr));
  assert.ok(!/\n/.test(terminal.stderr));
  assert.equal(terminal.stdout, "done\n");
  const pipe = new FakeHost("toy");
  pipe.tick = 50;
  await program(pipe, long);
  assert.equal(pipe.stderr, "");
});

test("a short job shows no progress", async () => {
  const host = new FakeHost("toy");
  Object.assign(host, { terminals: ["stderr"], tick: 1 });
  await program(host, ({ output }) => {
    for (let i = 0; i < 500; i++) output.progress.report(() => `step ${i}`);
    return EXIT.well;
  });
  assert.equal(host.stderr, "");
});

test("colour is for terminals that want it", async () => {
  const wanted = async (environment: Record<string, string>, terminals: FakeHost["terminals"]) => {
    const host = new FakeHost("toy");
    Object.assign(host, { environment, terminals });
    let colour: readonly boolean[] = [];
    await program(host, ({ output }) => {
      colour = [output.colourOut, output.colourErr];
      return EXIT.well;
    });
    return colour;
  };
  assert.deepEqual(await wanted({}, ["stdout", "stderr"]), [true, true]);
  assert.deepEqual(await wanted({}, ["stderr"]), [false, true]);
  assert.deepEqual(await wanted({ NO_COLOR: "1" }, ["stdout", "stderr"]), [false, false]);
  assert.deepEqual(await wanted({ NO_COLOR: "" }, ["stdout"]), [true, false]);
  assert.deepEqual(await wanted({ TERM: "dumb" }, ["stdout", "stderr"]), [false, false]);
});

test("a command loads only what it needs", () => {
  const loaded = (entry: string): Set<string> => {
    const seen = new Set<string>();
    const visit = (path: string): void => {
      if (seen.has(path)) return;
      seen.add(path);
      const text = readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
      for (const found of importsOf(text)) {
        const target = resolve(path, found.specifier);
        if (target === undefined) {
          assert.match(found.specifier, /^node:/, `${path} loads a package`);
        } else if (!found.typeOnly && !found.lazy) visit(target);
      }
    };
    visit(entry);
    return seen;
  };
  const start = [...loaded("src/main.ts")];
  // The worlds' names, and no world.
  assert.deepEqual(
    start.filter((path) => /^src\/(engine|worlds|views|syntax|machine|replay)\//.test(path)),
    ["src/worlds/loaders.ts"],
  );
  const run = [...loaded("src/cli/run.ts")];
  assert.deepEqual(
    run.filter((path) => /^src\/(replay|worlds)\/|host_node|golden|fmt/.test(path)),
    [],
  );
});
