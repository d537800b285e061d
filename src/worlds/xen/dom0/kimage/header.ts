/**
 * Design C: a program in dom0 makes the call itself, and the kernel is bypassed. Which op the name
 * `kexec_load` is, and how its argument looks, was settled when the program was compiled: Xen is
 * never told. [xen:kexec.h]
 */
import type { Decision, ImageSpec } from "../../../../machine/mod.ts";
import {
  encode,
  GATE,
  type Meaning,
  meaningOf,
  SUB_OP,
  XEN_KEXEC_LOAD_DRAFT,
} from "../../abi/mod.ts";
import { type Call, literal, loadCall } from "../../calls.ts";
import { kexecOp } from "../../hypercall.ts";
import { numberSetting, typeOf } from "../../state.ts";
import { emit, type Run } from "../../steps.ts";
import { OWN_SUB_OPERATIONS } from "../../sub_operations.ts";
import { DOM0 } from "../settings.ts";
import { dom0Width } from "./build.ts";
import { loadByHooks } from "./hooks.ts";

export function headerMeaning({ machine }: Run): Meaning {
  return meaningOf({
    // Where no dom0 was described, the caller is as new as Xen's own header.
    interfaceVersion: Number(numberSetting(machine, DOM0.interface)) || GATE.shipped,
    header: machine.settings.get(DOM0.draft) === true ? "draft" : "shipped",
  });
}

export function* loadByHeader(run: Run, spec: ImageSpec): Decision<string> {
  const { load } = headerMeaning(run);
  if (load.number === SUB_OP.load_v1) return yield* loadByHooks(run, spec);
  const call = loadCall(spec, { width: BigInt(dom0Width(run)) });
  const made = load.argument === XEN_KEXEC_LOAD_DRAFT ? draftCall(run, spec, call) : call;
  if (made !== call) {
    yield* emit(run, {
      kind: "hazard-found",
      hazard: {
        code: "draft-argument",
        message:
          "dom0 hands over the structure of the draft of 2013, and Xen reads the one that shipped",
        key: "draft-argument",
        cite: "thread:kexec load ABI, February 2013",
      },
    });
  }
  return yield* kexecOp(run, made, OWN_SUB_OPERATIONS);
}

/** The same array and buffers, another structure in front of them. */
function draftCall(run: Run, spec: ImageSpec, call: Call): Call {
  const { guest, arg } = call;
  const array = guest.pieces.find((p) => p.label === "segments")!.at;
  const bytes = encode(XEN_KEXEC_LOAD_DRAFT, dom0Width(run), {
    type: BigInt(typeOf(spec.slot)),
    arch: spec.flags.includes("i386") ? 3n : 62n,
    entry_maddr: spec.entryPoint,
    nr_segments: BigInt(spec.segments.length),
    segments: array,
  });
  const others = guest.pieces.filter((p) => p.at !== arg);
  const pieces = [...others, literal(arg, bytes, XEN_KEXEC_LOAD_DRAFT.name)];
  return { ...call, guest: { ...guest, pieces } };
}
