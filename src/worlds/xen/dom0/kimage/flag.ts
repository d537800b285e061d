/**
 * Design B: kexec_load with KEXEC_HYPERVISOR, as it was proposed in November 2012 and never written.
 * The flag says that addresses are the hypervisor's; the kernel hands the caller's buffers on and has
 * no image of its own. An older kernel does not know the flag.
 *
 * Simplified: no number was ever given to the flag, and how the kernel would hand on was left open;
 * here it makes op 4 with the caller's buffers. [thread:KEXEC_HYPERVISOR]
 */
import type { Decision, ImageSpec, Slot } from "../../../../machine/mod.ts";
import { encode, SUB_OP, XEN_KEXEC_UNLOAD } from "../../abi/mod.ts";
import { literal, loadCall } from "../../calls.ts";
import { kexecOp } from "../../hypercall.ts";
import { typeOf } from "../../state.ts";
import { check, refuse, type Run } from "../../steps.ts";
import { OWN_SUB_OPERATIONS } from "../../sub_operations.ts";
import { dom0Width } from "./build.ts";
import { DOM0 } from "../settings.ts";

const CITE = "thread:KEXEC_HYPERVISOR";
const ARGUMENT = 0x0800_0000n;

function* knowsFlag(run: Run): Decision<string | undefined> {
  const known = run.machine.settings.get(DOM0.flag) === true;
  const refusal = yield* check(
    run,
    "dom0-unknown-flag",
    CITE,
    known ? undefined : {
      rule: "dom0-unknown-flag",
      errno: "EINVAL",
      nature: "arguments",
      message: "dom0's kexec_load knows no KEXEC_HYPERVISOR: no kernel ever did",
      remedy: "`patch flag` in the block of dom0, to see what it would have done",
      cite: CITE,
    },
  );
  return refusal === undefined ? undefined : yield* refuse(run, refusal);
}

export function* loadByFlag(run: Run, spec: ImageSpec): Decision<string> {
  const refused = yield* knowsFlag(run);
  if (refused !== undefined) return refused;
  const call = loadCall(spec, { width: BigInt(dom0Width(run)) });
  return yield* kexecOp(run, call, OWN_SUB_OPERATIONS);
}

/** With the flag, as it was loaded: without it dom0's own image would be meant. */
export function* unloadByFlag(run: Run, slot: Slot): Decision<string> {
  const refused = yield* knowsFlag(run);
  if (refused !== undefined) return refused;
  const width = dom0Width(run);
  const bytes = encode(XEN_KEXEC_UNLOAD, width, { type: BigInt(typeOf(slot)) });
  const pieces = [literal(ARGUMENT, bytes, "xen_kexec_unload")];
  const guest = { width, caller: "dom0", pieces } as const;
  return yield* kexecOp(run, { op: SUB_OP.unload, arg: ARGUMENT, guest }, OWN_SUB_OPERATIONS);
}
