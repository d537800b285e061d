/** Sentences that end Xen or dom0, and their routines. */
import type { ArgValue, Clause, ClauseShape, Decision, Param } from "../../../machine/mod.ts";
import type { Routine } from "../part.ts";
import { emit, type Run } from "../steps.ts";
import { crashKey, dom0Crashed, isPastReturn, watchdogFired, xenPanic } from "./crash.ts";

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
  },
  {
    head: "debug_key",
    summary: "a key on Xen's serial console: `C` starts the crash image",
    positional: [{ name: "key", type: "word", choices: ["C"], required: true }],
    labels: [CPU],
  },
  {
    head: "watchdog",
    summary: "dom0 no longer feeds its watchdog: Xen starts the crash image or reboots",
    labels: [CPU],
  },
];

export const EXECUTION_ROUTINES: Readonly<Record<string, Routine>> = {
  panic: (run, { args }) =>
    ending(run, args, (cpu) => {
      const text = typeof args.text === "string" ? args.text : "kx";
      return args.in === "dom0" ? dom0Crashed(run, cpu) : xenPanic(run, text, cpu);
    }),
  debug_key: (run, { args }: Clause) => ending(run, args, (cpu) => crashKey(run, cpu)),
  watchdog: (run, { args }) => ending(run, args, (cpu) => watchdogFired(run, cpu)),
};

/** Past the point of no return nobody is left to do it. */
function* ending(
  run: Run,
  args: Readonly<Record<string, ArgValue>>,
  how: (cpu: number) => Decision<void>,
): Decision<string> {
  if (isPastReturn(run)) {
    const why = "an exception past the point of no return: no kernel is left to panic";
    yield* emit(run, { kind: "power-changed", power: "rebooted", why });
    return "0";
  }
  const cpu = typeof args.cpu === "bigint" ? Number(args.cpu) : 0;
  yield* how(cpu < run.machine.cpus ? cpu : 0);
  return "0";
}
