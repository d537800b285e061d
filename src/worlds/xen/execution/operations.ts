/** Sentences that end Xen or dom0, and their routines. */
import type { ClauseShape, Decision, Param } from "../../../machine/mod.ts";
import type { Routine } from "../part.ts";
import { emit, milestone, type Run } from "../steps.ts";
import { crashKey, dom0Crashed, watchdogFired, xenPanic } from "./crash.ts";

const CPU: Param = {
  name: "cpu",
  type: "integer",
  summary: "the processor that does it: 0 unless said otherwise",
};

export const EXECUTION_OPERATIONS: readonly ClauseShape[] = [
  {
    head: "panic",
    summary: "Xen panics, or dom0 crashes, and the crash image is started, if there is one",
    positional: [
      { name: "text", type: "text" },
    ],
    labels: [
      { name: "in", type: "word", choices: ["xen", "dom0"], summary: "xen unless said otherwise" },
      CPU,
    ],
    whenGone: true,
  },
  {
    head: "debug_key",
    summary: "a key on Xen's serial console: `C` starts the crash image",
    positional: [{ name: "key", type: "word", choices: ["C"], required: true }],
    labels: [CPU],
    whenGone: true,
  },
  {
    head: "watchdog",
    summary: "dom0 no longer feeds its watchdog: Xen starts the crash image or reboots",
    labels: [CPU],
    whenGone: true,
  },
];

export const EXECUTION_ROUTINES: Readonly<Record<string, Routine>> = {
  panic: (run, { args }) =>
    ending(run, () => {
      const text = typeof args.text === "string" ? args.text : "kx";
      return args.in === "dom0" ? dom0Crashed(run, text, run.cpu) : xenPanic(run, text, run.cpu);
    }),
  debug_key: (run) => ending(run, () => crashKey(run, run.cpu)),
  watchdog: (run) => ending(run, () => watchdogFired(run, run.cpu)),
};

/** Past the point of no return nobody is left to do it. */
function* ending(run: Run, how: () => Decision<void>): Decision<string> {
  if (run.machine.power !== "running" && run.machine.power !== "jumping") {
    yield* milestone(run, "Xen runs no more: nobody is left to do it", "xen:kexec_crash");
    return "0";
  }
  if (run.machine.power === "running") {
    yield* how();
    return "0";
  }
  const why = "an exception past the point of no return: no kernel is left to panic";
  yield* emit(run, { kind: "power-changed", power: "rebooted", why });
  return "0";
}
