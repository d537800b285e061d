/** Who may load, and when: asked before anything else is looked at. */
import type { Decision, Refusal, Slot } from "../../machine/mod.ts";
import { isConfigured, numberSetting, SETTING } from "./kernel.ts";
import { type Check, check, emit, type Run } from "./steps.ts";

const CITE = "linux:kexec_load_permitted";

/**
 * Rights, `kernel.kexec_load_disabled`, the limit for this kind of image, and for the call without a
 * file the lockdown. A limit is counted down here, so a call that fails later has used it up, and
 * unloading uses it too. [linux:kexec_load_permitted] [linux:kexec_load_check]
 */
export function* checkPermission(
  run: Run,
  slot: Slot,
  asRoot: boolean,
  call: "kexec_load" | "kexec_file_load",
): Decision<Check> {
  const { features } = run;
  const notRoot = yield* check(run, "needs-cap-sys-boot", CITE, asRoot ? undefined : noRights());
  if (notRoot !== undefined) return notRoot;
  const disabled = numberSetting(run.machine, SETTING.loadDisabled) !== 0n;
  const off = yield* check(run, "load-disabled", CITE, disabled ? loadDisabled() : undefined);
  if (off !== undefined) return off;
  if (features.loadLimits) {
    const limit = yield* countLimit(run, slot);
    if (limit !== undefined) return limit;
  }
  if (call === "kexec_file_load" || !features.lockdown) return undefined;
  const locked = run.machine.settings.get(SETTING.lockdown);
  const bad = typeof locked === "string" && locked !== "none" ? lockedDown(locked) : undefined;
  return yield* check(run, "locked-down", "linux:security_locked_down", bad);
}

/** A system call that was left out when the kernel was built is not there for anybody. */
export function* checkBuilt(run: Run, option: string, cite: string): Decision<Check> {
  const built = isConfigured(run.machine.settings, option);
  return yield* check(
    run,
    "no-such-call",
    cite,
    built ? undefined : {
      rule: "no-such-call",
      errno: "ENOSYS",
      nature: "policy",
      message: `this kernel was built without ${option}`,
      remedy: `A kernel with it: \`config ${option} on\``,
      cite,
    },
  );
}

function noRights(): Refusal {
  return {
    rule: "needs-cap-sys-boot",
    errno: "EPERM",
    nature: "policy",
    message: "the caller has no CAP_SYS_BOOT",
    remedy: "Call as root",
    cite: CITE,
  };
}

function loadDisabled(): Refusal {
  return {
    rule: "load-disabled",
    errno: "EPERM",
    nature: "policy",
    message: "kernel.kexec_load_disabled is 1; it stays so until the next boot",
    remedy: "Load before it is set",
    cite: CITE,
  };
}

function* countLimit(run: Run, slot: Slot): Decision<Check> {
  const name = slot === "crash" ? SETTING.limitPanic : SETTING.limitReboot;
  const limit = run.machine.settings.get(name);
  const left = typeof limit === "bigint" ? limit : -1n;
  const used = yield* check(
    run,
    "load-limit-reached",
    CITE,
    left !== 0n ? undefined : {
      rule: "load-limit-reached",
      errno: "EPERM",
      nature: "policy",
      message: `${name} is 0: all loads and unloads that it allowed were used up`,
      remedy: "It can only be lowered; set it higher before, or boot again",
      cite: CITE,
    },
  );
  if (used === undefined && left > 0n) {
    yield* emit(run, { kind: "setting-set", name, value: left - 1n });
  }
  return used;
}

export function lockedDown(level: string): Refusal {
  return {
    rule: "locked-down",
    errno: "EPERM",
    nature: "policy",
    message: `the kernel is locked down (${level}): images without a signature could undo that`,
    remedy: "kexec_file_load with a signed kernel, or no lockdown",
    cite: "linux:security_locked_down",
  };
}
