/**
 * What a kernel does before it leaves for an image that may come back, and after: everything is put to
 * sleep step by step, and woken in the opposite order. A step that fails wakes what is asleep so far;
 * the caller gets its error, and the image stays loaded. [linux:kernel_kexec]
 *
 * Simplified: devices, interrupt controllers and tasks are not modelled; their steps are told.
 */
import type { Decision, Refusal } from "../../../machine/mod.ts";
import { changeCpu } from "../../../execution/mod.ts";
import { emit, milestone, type Run } from "../steps.ts";
import { executionRules } from "./rules.ts";
import { setOthers } from "./shutdown.ts";

/** Steps that can fail, by their names in a script. */
export const SUSPEND_STEPS = ["processes", "devices", "devices_late", "cpus", "core"] as const;

export type SuspendStep = (typeof SUSPEND_STEPS)[number];

interface Step {
  /** Absent: it cannot fail. */
  readonly name?: SuspendStep;
  /** Done for the sake of devices: the proposal of 2007 leaves it out where nobody asked for it. */
  readonly ofDevices?: boolean;
  readonly cite: string;
  sleep(run: Run): Decision<void>;
  wake(run: Run): Decision<void>;
}

function told(asleep: string, awake: string, cite: string, name?: SuspendStep): Step {
  return {
    ...(name === undefined ? {} : { name }),
    ofDevices: name !== "core",
    cite,
    sleep: (run) => milestone(run, asleep, cite),
    wake: (run) => milestone(run, awake, cite),
  };
}

const STEPS: readonly Step[] = [
  told("console switched to its own", "console given back", "linux:pm_prepare_console"),
  told("processes frozen", "processes thawed", "linux:freeze_processes", "processes"),
  told("consoles suspended", "consoles resumed", "linux:console_suspend_all"),
  told(
    "devices prepared and suspended",
    "devices resumed and completed",
    "linux:dpm_suspend_start",
    "devices",
  ),
  told(
    "devices suspended late and without interrupts",
    "devices resumed early",
    "linux:dpm_suspend_end",
    "devices_late",
  ),
  {
    name: "cpus",
    cite: "linux:suspend_disable_secondary_cpus",
    sleep: (run) => setOthers(run, 0, { state: "offline" }, "taken offline"),
    wake: (run) => setOthers(run, 0, { state: "running" }, "brought online again"),
  },
  told(
    "interrupts off, system core suspended",
    "system core resumed, interrupts on",
    "linux:syscore_suspend",
    "core",
  ),
];

/**
 * What is already done when a step fails, beside the steps before it: parts of it that its undoing
 * puts right. Devices are resumed after a failed suspend, early and late; processors that went offline
 * come back.
 */
const UNDOES_ITSELF: readonly SuspendStep[] = ["devices", "cpus"];

/** What is put to sleep and saved: everything in mainline; by flags in the proposal of 2007. */
export interface Kept {
  readonly devices: boolean;
  /** FPU, descriptor tables and segments. */
  readonly cpuExt: boolean;
}

export const EVERYTHING: Kept = { devices: true, cpuExt: true };

function stepsFor({ devices }: Kept): readonly Step[] {
  return devices ? STEPS : STEPS.filter((step) => step.ofDevices !== true);
}

/** Where `failing` fails: what the caller sees, after everything was woken again. */
export function* suspend(
  run: Run,
  kept: Kept,
  failing?: SuspendStep,
): Decision<Refusal | undefined> {
  const steps = stepsFor(kept);
  if (failing !== undefined && !steps.some(({ name }) => name === failing)) {
    const text = `nobody asked for devices to be kept: the step \`${failing}\` is not made`;
    yield* milestone(run, text, "thread:kexec jump, December 2007");
  }
  let asked = 0;
  for (const [i, step] of steps.entries()) {
    const { name } = step;
    if (name !== undefined && (name === failing || run.context.suspendFails?.(asked++) === true)) {
      return yield* unwind(run, steps, i, name);
    }
    yield* step.sleep(run);
  }
  yield* changeCpu(
    run,
    0,
    kept.cpuExt ? { fpu: "saved", rflags: 0x46n } : { rflags: 0x46n },
    kept.cpuExt
      ? "state saved: FPU flushed to its task, control registers and tables noted"
      : "state saved: general and control registers; FPU, tables and segments are left alone",
  );
  yield* milestone(
    run,
    "I/O interrupt controllers put back into their boot mode",
    "linux:machine_kexec",
  );
  return undefined;
}

export function* resume(run: Run, kept: Kept = EVERYTHING): Decision<void> {
  yield* changeCpu(
    run,
    0,
    { fpu: "live", rflags: 0x246n },
    kept.cpuExt
      ? "state restored: system call registers and the task register set anew"
      : "interrupts on",
  );
  for (const step of stepsFor(kept).toReversed()) yield* step.wake(run);
}

function* unwind(
  run: Run,
  steps: readonly Step[],
  at: number,
  failing: SuspendStep,
): Decision<Refusal> {
  const step = steps[at]!;
  yield* milestone(run, WHY[failing].told, step.cite);
  const { resumesAfterFailedStart } = executionRules(run.features.version);
  if (failing === "devices" && !resumesAfterFailedStart) {
    yield* emit(run, {
      kind: "hazard-found",
      hazard: {
        code: "devices-left-suspended",
        message: "devices that were suspended before the one that failed are not resumed",
        key: "devices-left-suspended",
        cite: "linux:kernel_kexec",
      },
    });
  } else if (UNDOES_ITSELF.includes(failing)) yield* step.wake(run);
  for (const before of steps.slice(0, at).toReversed()) yield* before.wake(run);
  return {
    rule: WHY[failing].rule,
    errno: WHY[failing].errno,
    nature: "state",
    message: WHY[failing].message,
    remedy: "Try again: the image is still loaded",
    cite: step.cite,
  };
}

/** The error of a driver is its own; kx takes EIO. [linux:kernel_kexec] */
const WHY: Readonly<
  Record<SuspendStep, { rule: string; errno: string; told: string; message: string }>
> = {
  processes: {
    rule: "processes-not-frozen",
    errno: "EBUSY",
    told: "a process could not be frozen",
    message: "a process could not be frozen; whatever the error was, EBUSY is given back",
  },
  devices: {
    rule: "device-not-suspended",
    errno: "EIO",
    told: "a device could not be suspended",
    message: "a driver's suspend failed with EIO",
  },
  devices_late: {
    rule: "device-not-suspended-late",
    errno: "EIO",
    told: "a device could not be suspended late or without interrupts",
    message: "a driver's late suspend failed with EIO",
  },
  cpus: {
    rule: "processor-not-offline",
    errno: "EBUSY",
    told: "a processor could not be taken offline",
    message: "a processor could not be taken offline",
  },
  core: {
    rule: "core-not-suspended",
    errno: "EIO",
    told: "a part of the system core could not be suspended",
    message: "a part of the system core failed to suspend with EIO",
  },
};
