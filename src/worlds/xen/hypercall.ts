/**
 * `kexec_op`: who may call, one at a time, and which body an op has. [xen:do_kexec_op]
 */
import type { Decision, Refusal } from "../../machine/mod.ts";
import { SUB_OP, type SubOpName } from "./abi/mod.ts";
import type { Call } from "./calls.ts";
import { END } from "./hypervisor.ts";
import type { SubOperation } from "./part.ts";
import { FLAG, flagsOf, SETTING } from "./state.ts";
import { check, emit, milestone, refuse, type Run } from "./steps.ts";
import type { Features } from "./version.ts";

const CITE = "xen:do_kexec_op";

/** What the caller sees: 0, an errno name or a number. */
export function* kexecOp(
  run: Run,
  { op, arg, guest }: Call,
  bodies: Readonly<Partial<Record<SubOpName, SubOperation>>>,
): Decision<string> {
  if (run.machine.power !== "running") {
    yield* milestone(run, "Xen runs no more: nobody answers the call", CITE);
    return END.gone;
  }
  const refusal = (yield* check(
    run,
    "no-such-hypercall",
    "xen:hypercall table",
    guest.caller === "hvm" ? notPv() : undefined,
  )) ?? (yield* check(
    run,
    "needs-control-domain",
    "xen:xsm_kexec",
    guest.caller === "domU" ? unprivileged() : undefined,
  ));
  if (refusal !== undefined) return yield* refuse(run, refusal);
  if (run.features.serialises) {
    if ((flagsOf(run.machine) & FLAG.inHypercall) !== 0n) {
      yield* milestone(run, "another processor is inside: the call is made again later", CITE);
      return END.retry;
    }
    yield* setFlags(run, flagsOf(run.machine) | FLAG.inHypercall);
  }
  const ret = yield* bodyOf(run, op, arg, guest, bodies);
  if (run.features.serialises && run.machine.power === "running") {
    yield* setFlags(run, flagsOf(run.machine) & ~FLAG.inHypercall);
  }
  return ret;
}

function* bodyOf(
  run: Run,
  op: bigint,
  arg: bigint,
  guest: Call["guest"],
  bodies: Readonly<Partial<Record<SubOpName, SubOperation>>>,
): Decision<string> {
  // A 32-bit caller's register is half as wide.
  const number = BigInt.asUintN(guest.width, op);
  const name = (Object.keys(SUB_OP) as SubOpName[]).find((n) => SUB_OP[n] === number);
  const known = name !== undefined && hasOp(run.features, name);
  const body = known ? bodies[name] : undefined;
  if (body !== undefined) return yield* body(run, guest, arg);
  if (run.features.refusesUnknown) return yield* refuse(run, unknownOp(run, number));
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "unknown-op-succeeds",
      message: `op ${number} means nothing to Xen ${run.features.version.text}, and answers 0`,
      key: `unknown-op-succeeds:${number}`,
      cite: CITE,
    },
  });
  return "0";
}

function hasOp(features: Features, name: SubOpName): boolean {
  switch (name) {
    case "load_v1":
    case "unload_v1":
      return features.v1;
    case "load":
    case "unload":
      return features.loadsItself;
    case "status":
      return features.status;
    default:
      return true;
  }
}

/** Another processor enters the call or leaves it; before 4.9 nobody takes notice. */
export function* occupy(run: Run, inside: boolean): Decision<string> {
  if (run.features.serialises) {
    const flags = flagsOf(run.machine);
    yield* setFlags(run, inside ? flags | FLAG.inHypercall : flags & ~FLAG.inHypercall);
    return "0";
  }
  if (inside) {
    yield* emit(run, {
      kind: "hazard-found",
      hazard: {
        code: "calls-side-by-side",
        message:
          `Xen ${run.features.version.text} lets two processors load at once: both take the same control pages`,
        key: "calls-side-by-side",
        cite: CITE,
      },
    });
  }
  return "0";
}

export function* setFlags(run: Run, value: bigint): Decision<void> {
  yield* emit(run, { kind: "setting-set", name: SETTING.flags, value });
}

function notPv(): Refusal {
  return {
    rule: "no-such-hypercall",
    errno: "ENOSYS",
    nature: "policy",
    message: "only PV guests have this hypercall, and the caller is none",
    remedy: "A PV dom0",
    cite: "xen:hypercall table",
  };
}

function unprivileged(): Refusal {
  return {
    rule: "needs-control-domain",
    errno: "EPERM",
    nature: "policy",
    message: "the caller is not the control domain",
    remedy: "Call from dom0",
    cite: "xen:xsm_kexec",
  };
}

function unknownOp(run: Run, op: bigint): Refusal {
  return {
    rule: "unknown-op",
    errno: "EOPNOTSUPP",
    nature: "arguments",
    message: `op ${op} means nothing to Xen ${run.features.version.text}`,
    remedy: "An op from `show abi`",
    cite: CITE,
  };
}
