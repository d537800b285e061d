/** Every command: the one table from which the command line is parsed and help is printed. */
import type { CommandRow, OptionRow } from "./command.ts";

const ALLOW: OptionRow = {
  name: "allow",
  value: "DIR",
  summary: "let scripts read files below DIR too; may be given several times",
};

const STRICT: OptionRow = {
  name: "strict",
  summary: "count hazards, which the real system lets happen, as failures",
};

export const COMMANDS: readonly CommandRow[] = [
  {
    name: "run",
    summary: "run scripts and print what happens",
    details:
      "Runs each script against the model and prints its transcript: every statement, what it made " +
      "happen, what it gave back. A script reads only files below its own folder and writes none.",
    operands: { name: "FILE", least: 1, most: Infinity },
    options: [
      { name: "json", summary: "print the trace as JSON lines, for other programs" },
      { name: "quiet", summary: "print only what failed" },
      { name: "events", summary: "print every event, not only those that matter to most readers" },
      STRICT,
      ALLOW,
      {
        name: "vmcore",
        value: "FILE",
        summary: "write memory as the crash kernel finds it after the last panic, as an ELF core",
      },
    ],
    examples: [
      "kx run examples/quickstart.kx",
      "kx run --events - < script.kx",
      "kx run --quiet --vmcore core crash.kx",
    ],
    writes: (options) => options.has("vmcore"),
    load: () => import("./run.ts"),
  },
  {
    name: "repl",
    summary: "try things out live: step through a script, go back, branch",
    details:
      "Opens a session, empty or with FILE: type statements and see every step, go back, look at any page, " +
      "type in the past and compare. On a terminal it fills the screen; on a pipe, with TERM=dumb or " +
      "--linear it is plain lines. `:help` lists its commands.",
    operands: { name: "FILE", least: 0, most: 1 },
    options: [
      { name: "tour", summary: "walk through a story step by step, with explanations" },
      { name: "linear", summary: "plain lines instead of a full screen: for screen readers" },
      ALLOW,
    ],
    examples: [
      "kx repl",
      "kx repl examples/crash_reload.kx",
      "kx repl --tour",
      "kx repl < typed_lines",
    ],
    // For `:save`, the history and what a killed session leaves. Scripts write nothing all the same.
    writes: () => true,
    load: () => import("./repl.ts"),
  },
  {
    name: "check",
    summary: "find what is wrong with scripts without running them",
    details:
      "Reads and checks scripts and the files that they use, and prints all diagnostics of all of them.",
    operands: { name: "FILE", least: 1, most: Infinity },
    options: [ALLOW],
    examples: ["kx check examples/*.kx"],
    load: () => import("./check.ts"),
  },
  {
    name: "fmt",
    summary: "give scripts the one canonical layout",
    details:
      "Rewrites each script that is laid out differently, and prints its name. Comments are kept. `-` formats " +
      "standard input to standard output.",
    operands: { name: "FILE", least: 1, most: Infinity },
    options: [{
      name: "check",
      summary: "write nothing: print the names and exit with 1 if there are any",
    }],
    examples: ["kx fmt story.kx", "kx fmt --check examples/*.kx"],
    writes: (options) => !options.has("check"),
    load: () => import("./fmt.ts"),
  },
  {
    name: "test",
    summary: "compare transcripts with golden files",
    details:
      "Runs every x.kx that it finds and compares its transcript with x.trace beside it. A difference, a missing " +
      "trace and a trace without a script fail. The last line is `N passed, N failed`.",
    operands: { name: "PATH", least: 1, most: Infinity },
    options: [
      {
        name: "update",
        summary: "write the traces that are missing or differ; review them as code",
      },
      ALLOW,
    ],
    examples: ["kx test examples", "kx test --update test/golden/linux/new_case.kx"],
    writes: (options) => options.has("update"),
    load: () => import("./test_command.ts"),
  },
  {
    name: "replay",
    summary: "compare recordings of real systems with the model",
    details:
      "Does in the model what was done on a real system and compares each observation. The last line is `N passed, " +
      "N failed`.",
    operands: { name: "FILE.jsonl", least: 1, most: Infinity },
    options: [{ name: "fields", summary: "print how each field is compared, and why" }],
    examples: ["kx replay test/recordings/linux/*.jsonl"],
    load: () => import("./replay.ts"),
  },
  {
    name: "explain",
    summary: "say what a diagnostic, a refusal's rule or a hazard means",
    details:
      "Prints what CODE means, with an example and its source. Without CODE, lists everything that can be explained.",
    operands: { name: "CODE", least: 0, most: Infinity },
    options: [],
    examples: ["kx explain KX0012"],
    load: () => import("./explain.ts"),
  },
  {
    name: "version",
    summary: "print the version of kx and of the systems that it models",
    details: "Prints the version of kx, what it runs on, and the releases whose rules it knows.",
    options: [],
    examples: ["kx version"],
    load: () => import("./version.ts"),
  },
];
