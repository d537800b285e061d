/**
 * Who may start an image, and when one is started: `reboot(LINUX_REBOOT_CMD_KEXEC)` for the default
 * one, a panic for the crash one. What follows is in execution/. [linux:kernel_kexec]
 * [linux:__crash_kexec]
 */
import { type Decision, imageIn, type Refusal } from "../../machine/mod.ts";
import { startCrash, startDefault } from "./execution/start.ts";
import type { SuspendStep } from "./execution/suspend.ts";
import { KEXEC_LOCK } from "./kernel.ts";
import { lockHeld } from "./lock.ts";
import { check, emit, milestone, print, refuse, type Run } from "./steps.ts";

const REBOOT = "linux:SYSCALL reboot";
const KEXEC = "linux:kernel_kexec";
const CRASH_KEXEC = "linux:__crash_kexec";

export interface ExecuteOptions {
  readonly asRoot: boolean;
  /** The processor that calls. */
  readonly cpu: number;
  readonly failing?: SuspendStep;
}

export function* execute(run: Run, options: ExecuteOptions): Decision<string> {
  const refusal =
    (yield* check(run, "reboot-needs-root", REBOOT, options.asRoot ? undefined : noRights())) ??
      (yield* check(
        run,
        "kexec-busy",
        "linux:kexec_trylock",
        run.machine.locks.has(KEXEC_LOCK) ? lockHeld() : undefined,
      )) ??
      (yield* check(
        run,
        "nothing-loaded",
        KEXEC,
        run.machine.slots.default === undefined ? nothingLoaded() : undefined,
      ));
  if (refusal !== undefined) return yield* refuse(run, refusal);
  yield* emit(run, { kind: "lock-taken", lock: KEXEC_LOCK });
  const image = imageIn(run.machine, "default")!;
  const { cpu, failing } = options;
  const stay = yield* startDefault(run, image, {
    cpu,
    args: [],
    ...(failing === undefined ? {} : { failing }),
  });
  if (stay.kind !== "gone") yield* emit(run, { kind: "lock-released", lock: KEXEC_LOCK });
  return stay.kind === "refused" ? yield* refuse(run, stay.refusal) : "0";
}

function noRights(): Refusal {
  return {
    rule: "reboot-needs-root",
    errno: "EPERM",
    nature: "policy",
    message: "the caller has no CAP_SYS_BOOT",
    remedy: "Call as root",
    cite: REBOOT,
  };
}

function nothingLoaded(): Refusal {
  return {
    rule: "nothing-loaded",
    errno: "EINVAL",
    nature: "state",
    message: "no default image is loaded; a crash image does not count",
    remedy: "Load a default image first",
    cite: KEXEC,
  };
}

/**
 * With the lock held no crash image is run, however intact it is. One that was loaded to come back,
 * and does, comes back into the panic, which then goes on as if there had been none.
 */
export function* panic(run: Run, text: string, cpu = 0): Decision<string> {
  if (run.machine.power !== "running" && run.machine.power !== "jumping") {
    yield* milestone(run, "no kernel of this script is left to panic", CRASH_KEXEC);
    return "0";
  }
  if (run.machine.power === "jumping") {
    const why = "an exception past the point of no return: no kernel is left to panic";
    yield* emit(run, { kind: "power-changed", power: "rebooted", why });
    return "0";
  }
  yield* print(run, `Kernel panic - not syncing: ${text}`);
  const image = imageIn(run.machine, "crash");
  let why = "panic without a crash image";
  if (run.machine.locks.has(KEXEC_LOCK)) {
    yield* milestone(run, "the kexec lock is held: no crash image is looked for", CRASH_KEXEC);
    why = "panic while somebody was inside a kexec call";
  } else if (image !== undefined) {
    yield* emit(run, { kind: "lock-taken", lock: KEXEC_LOCK });
    const stay = yield* startCrash(run, image, cpu);
    if (stay.kind !== "returned") return "0";
    yield* emit(run, { kind: "lock-released", lock: KEXEC_LOCK });
    why = "the crash image came back, and the panic went on";
  }
  const stays = /(?:^|\s)panic=0(?:\s|$)/.test(run.machine.system?.cmdline ?? "");
  yield* emit(run, { kind: "power-changed", power: stays ? "halted" : "rebooted", why });
  return "0";
}
