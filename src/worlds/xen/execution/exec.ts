/**
 * Op 0: runs an image. What it looks at is the slot, never the entry point, the tables or the list.
 * [xen:kexec_exec]
 */
import type { Decision, Refusal } from "../../../machine/mod.ts";
import { decode, sizeOfStruct, XEN_KEXEC_EXEC } from "../abi/mod.ts";
import { copyFromGuest, type Guest } from "../guest.ts";
import { activeImage, FLAG, flagsOf, SETTING, type Type } from "../state.ts";
import { check, emit, milestone, refuse, type Run } from "../steps.ts";
import { kexecCrash } from "./crash.ts";
import { startDefault } from "./start.ts";

const CITE = "xen:kexec_exec";

export function* exec(run: Run, guest: Guest, arg: bigint): Decision<string> {
  const bytes = copyFromGuest(guest, arg, sizeOfStruct(XEN_KEXEC_EXEC, guest.width));
  const values = bytes === undefined ? undefined : decode(XEN_KEXEC_EXEC, guest.width, bytes);
  const type = Number(values?.type ?? 0n) as Type;
  const refusal = (yield* check(
    run,
    "exec-argument-unreadable",
    CITE,
    values === undefined ? fault() : undefined,
  )) ??
    (yield* check(
      run,
      "exec-type-unknown",
      CITE,
      type !== 0 && type !== 1 ? badType(type) : undefined,
    )) ??
    (yield* check(
      run,
      "nothing-to-exec",
      CITE,
      activeImage(run.machine, type) === undefined ? empty(type) : undefined,
    ));
  if (refusal !== undefined) return yield* refuse(run, refusal);
  const image = activeImage(run.machine, type)!;
  if (type === 1) {
    return (yield* kexecCrash(run, "kexeccmd", run.cpu)) ? "0" : "EINVAL";
  }
  yield* milestone(
    run,
    "handed to processor 0, the caller is paused",
    "xen:continue_hypercall_on_cpu",
  );
  yield* emit(run, { kind: "setting-set", name: SETTING.handedOver, value: BigInt(image.id) });
  if (run.features.serialises) {
    const value = flagsOf(run.machine) & ~FLAG.inHypercall;
    yield* emit(run, { kind: "setting-set", name: SETTING.flags, value });
  }
  yield* startDefault(run, image);
  return "0";
}

function fault(): Refusal {
  return {
    rule: "exec-argument-unreadable",
    errno: "EFAULT",
    nature: "arguments",
    message: "the argument of exec cannot be read",
    remedy: "Pass a pointer to 4 bytes",
    cite: CITE,
  };
}

function badType(type: number): Refusal {
  return {
    rule: "exec-type-unknown",
    errno: "EINVAL",
    nature: "arguments",
    message: `type ${type} is neither 0, default, nor 1, crash`,
    remedy: "Use 0 or 1: all 32 bits of it count here",
    cite: CITE,
  };
}

function empty(type: Type): Refusal {
  return {
    rule: "nothing-to-exec",
    errno: "ENOENT",
    nature: "state",
    message: `no ${type === 0 ? "default" : "crash"} image is loaded, whatever status says`,
    remedy: "Load one first",
    cite: CITE,
  };
}
