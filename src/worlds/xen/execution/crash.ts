/**
 * What makes Xen look for its crash image, and what it does without one: a panic of its own, dom0's
 * crash, dom0's watchdog, the debug key, op 0. [xen:kexec_crash] [xen:hwdom_shutdown] [xen:panic]
 */
import { type Decision, isAtLeast } from "../../../machine/mod.ts";
import { activeImage, crashArea, numberSetting } from "../state.ts";
import { emit, milestone, print, type Run } from "../steps.ts";
import { keepsLow, notesOf } from "./notes.ts";
import { CRASHING_CPU, startCrash } from "./start.ts";

const CONSOLE_INPUT = "console_rx";
const ONE_CPU = "xen:one_cpu_only";

/** Why Xen looks for the image: names of `crash-debug-REASON=`. */
export type Reason = "panic" | "hwdom" | "watchdog" | "debugkey" | "kexeccmd";

/**
 * Runs the crash image if there is one. True: somebody else has the machine, or nobody. False: the
 * caller goes on. A crash that comes back to itself goes on too. `begun` is a message on the console
 * whose line is not at its end yet.
 */
export function* kexecCrash(
  run: Run,
  reason: Reason,
  cpu: number,
  begun = "",
): Decision<boolean> {
  if (run.features.crashDebug) yield* crashDebug(run, reason);
  const image = activeImage(run.machine, 1);
  if (image === undefined) return false;
  if (run.machine.settings.has(CRASHING_CPU)) {
    const first = numberSetting(run.machine, CRASHING_CPU);
    if (first !== BigInt(cpu)) {
      yield* milestone(run, `processor ${cpu} halts: processor ${first} was first`, ONE_CPU);
      return true;
    }
    yield* print(run, "Reentered the crash path.  Something is very broken");
    return false;
  }
  yield* startCrash(run, image, cpu, begun);
  return true;
}

/** Debug keys that run before the image, by reason. [xen:keyhandler_crash_action] */
function* crashDebug(run: Run, reason: Reason): Decision<void> {
  const cmdline = run.machine.system?.cmdline ?? "";
  const keys = new RegExp(`(?:^| )crash-debug-${reason}=([^ ]*)`).exec(cmdline)?.[1];
  if (keys === undefined || keys === "") return;
  yield* milestone(run, `debug keys ${keys} run first`, "xen:keyhandler_crash_action");
}

/** Xen's own panic. [xen:panic] */
export function* xenPanic(run: Run, text: string, cpu: number): Decision<void> {
  const stars = "*".repeat(40);
  yield* print(run, "");
  yield* print(run, stars);
  yield* print(run, `Panic on CPU ${cpu}:`);
  for (const line of text.split("\n")) yield* print(run, line);
  yield* print(run, stars);
  yield* print(run, "");
  yield* print(
    run,
    noReboot(run) ? "Manual reset required ('noreboot' specified)" : "Reboot in five seconds...",
  );
  if (yield* kexecCrash(run, "panic", cpu)) return;
  yield* goDown(run, "Xen panicked without a crash image");
}

/** dom0 tells Xen that it crashed; what it printed itself is `text`. */
export function* dom0Crashed(run: Run, text: string, cpu: number): Decision<void> {
  yield* milestone(run, `dom0 panics: ${text}`, "xen:hwdom_shutdown");
  const begun = isHardwareDomain(run) ? "Hardware Dom0 crashed: " : "Domain 0 crashed: ";
  if (yield* kexecCrash(run, "hwdom", cpu, begun)) return;
  yield* print(
    run,
    begun + (noReboot(run) ? "'noreboot' set - not rebooting." : "rebooting machine in 5 seconds."),
  );
  yield* goDown(run, "dom0 crashed without a crash image");
}

/** dom0 stopped to feed its watchdog. */
export function* watchdogFired(run: Run, cpu: number): Decision<void> {
  const who = isHardwareDomain(run) ? "Hardware Dom0" : "Domain 0";
  const end = isHardwareDomain(run) ? "" : ".";
  yield* print(run, `${who} shutdown: watchdog rebooting machine${end}`);
  if (yield* kexecCrash(run, "watchdog", cpu)) return;
  const why = "dom0's watchdog fired without a crash image";
  yield* emit(run, { kind: "power-changed", power: "rebooted", why });
}

/** Key `C` on the serial line, which is dom0's until it is switched. [xen:do_crashdump_trigger] */
export function* crashKey(run: Run, cpu: number): Decision<void> {
  if (run.machine.settings.get(CONSOLE_INPUT) === undefined) yield* switchInput(run);
  if (!hasCrashKey(run)) {
    yield* milestone(
      run,
      "nothing happens: without notes `C` is no key of Xen's",
      "xen:kexec_init",
    );
    return;
  }
  yield* print(run, "'C' pressed -> triggering crashdump");
  if (yield* kexecCrash(run, "debugkey", cpu)) return;
  yield* print(run, " * no crash kernel loaded!");
}

/** It is set up behind the notes, so only where there is a crash area. [xen:kexec_init] */
function hasCrashKey({ machine }: Run): boolean {
  if (crashArea(machine).size === 0n) return false;
  return !keepsLow(machine) || notesOf(machine, 0) !== undefined;
}

function* goDown(run: Run, why: string): Decision<void> {
  yield* emit(run, { kind: "power-changed", power: noReboot(run) ? "halted" : "rebooted", why });
}

/** [xen:switch_serial_input] */
function* switchInput(run: Run): Decision<void> {
  yield* emit(run, { kind: "setting-set", name: CONSOLE_INPUT, value: "xen" });
  const [to, from] = isAtLeast(run.features.version, 4, 12)
    ? ["to Xen", ""]
    : ["-> Xen", " to DOM0"];
  yield* print(
    run,
    `*** Serial input ${to} (type 'CTRL-a' three times to switch input${from})`,
  );
}

/** The name of the domain that has the hardware changed in 4.6. */
function isHardwareDomain(run: Run): boolean {
  return isAtLeast(run.features.version, 4, 6);
}

/** The last `noreboot` of the command line counts. */
function noReboot(run: Run): boolean {
  const words = (run.machine.system?.cmdline ?? "").split(" ");
  const last = words.findLast((w) => /^(no-)?noreboot(=|$)/.test(w));
  if (last === undefined) return false;
  const value = /=(.*)/.exec(last)?.[1] ?? "";
  const on = !["no", "off", "false", "disable", "0"].includes(value);
  return last.startsWith("no-") ? !on : on;
}
