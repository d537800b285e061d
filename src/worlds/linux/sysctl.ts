/** Sysctls that concern kexec. [linux:kexec_core_sysctls] */
import type { Decision, Machine, Refusal } from "../../machine/mod.ts";
import { SETTING } from "./kernel.ts";
import { parseUnsigned } from "../../routine/mod.ts";
import { type Check, check, emit, refuse, type Run } from "./steps.ts";

const CITE = "linux:kexec_core_sysctls";
const LIMIT_CITE = "linux:kexec_limit_handler";

/** `kexec_load_disabled` and `kernel.kexec_load_disabled` are one. */
export function sysctlName(text: string): string {
  const name = text.replaceAll("/", ".").replace(/^\.?(proc\.sys\.)?/, "");
  return name.startsWith("kernel.") ? name : `kernel.${name}`;
}

export function* writeSysctl(
  run: Run,
  given: string,
  text: string,
  asRoot: boolean,
): Decision<string> {
  const name = sysctlName(given);
  const unknown = yield* check(
    run,
    "unknown-sysctl",
    CITE,
    isKnown(run, name) ? undefined : noSuch(name),
  );
  if (unknown !== undefined) return yield* refuse(run, unknown);
  const rights = yield* check(run, "file-needs-root", CITE, asRoot ? undefined : needsRoot(name));
  if (rights !== undefined) return yield* refuse(run, rights);
  const value = parseSigned(text);
  const bad = name === SETTING.loadDisabled
    ? badDisabled(value)
    : badLimit(run.machine, name, value);
  const cite = name === SETTING.loadDisabled ? CITE : LIMIT_CITE;
  const refusal = yield* check(run, "sysctl-value", cite, bad);
  if (refusal !== undefined) return yield* refuse(run, refusal);
  yield* emit(run, { kind: "setting-set", name, value: value! });
  return "0";
}

function isKnown(run: Run, name: string): boolean {
  if (name === SETTING.loadDisabled) return true;
  return run.features.loadLimits && (name === SETTING.limitPanic || name === SETTING.limitReboot);
}

function noSuch(name: string): Refusal {
  return {
    rule: "unknown-sysctl",
    errno: "ENOENT",
    nature: "arguments",
    message: `there is no ${name} in this kernel`,
    remedy: "kernel.kexec_load_disabled; since 6.3 kernel.kexec_load_limit_panic and …_reboot",
    cite: CITE,
  };
}

export function needsRoot(path: string): Refusal {
  return {
    rule: "file-needs-root",
    errno: "EACCES",
    nature: "policy",
    message: `only root may open ${path} for writing`,
    remedy: "Write as root",
    cite: CITE,
  };
}

/** A number with white space around it; a minus is allowed. [linux:proc_dointvec_minmax] */
function parseSigned(text: string): bigint | undefined {
  const m = /^\s*(-?)(.+?)\s*$/s.exec(text);
  const value = m === null ? undefined : parseUnsigned(m[2]!);
  return value === undefined ? undefined : m![1] === "-" ? -value : value;
}

/** Only 1 is in its range, so once set it stays. */
function badDisabled(value: bigint | undefined): Check {
  return value === 1n ? undefined : {
    rule: "sysctl-value",
    errno: "EINVAL",
    nature: "arguments",
    message: `kernel.kexec_load_disabled takes only 1, not ${value ?? "this text"}`,
    remedy: "1; back to 0 it goes only by booting",
    cite: CITE,
  };
}

/** A limit can be set once, and then only lowered. -1 means none. [linux:kexec_limit_handler] */
function badLimit(machine: Machine, name: string, value: bigint | undefined): Check {
  const present = machine.settings.get(name);
  const limit = typeof present === "bigint" ? present : -1n;
  if (value !== undefined && value >= 0n && (limit === -1n || value < limit)) return undefined;
  return {
    rule: "sysctl-value",
    errno: "EINVAL",
    nature: "arguments",
    message: limit === -1n
      ? `${name} takes a number from 0 on, not ${value ?? "this text"}`
      : `${name} is ${limit} and can only be lowered`,
    remedy: limit === -1n ? "A number from 0 on" : `A number below ${limit}`,
    cite: LIMIT_CITE,
  };
}
