/**
 * Design A, hooks: kexec_load in dom0 does what it always does, but "physical" means machine, and
 * once the image is built a hook tells Xen of it. Selected by running as dom0, and by nothing else.
 * [linux-uek:xen_kexec_ops] [thread:kexec_ops]
 */
import type { Decision, ImageSpec, Slot } from "../../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../../memory/mod.ts";
import {
  encode,
  KEXEC_XEN_NO_PAGES,
  SUB_OP,
  type SubOpName,
  XEN_KEXEC_LOAD_V1,
} from "../../abi/mod.ts";
import { type Call, literal, namesOf } from "../../calls.ts";
import { kexecOp } from "../../hypercall.ts";
import { typeOf } from "../../state.ts";
import { emit, refuse, type Run } from "../../steps.ts";
import { OWN_SUB_OPERATIONS } from "../../sub_operations.ts";
import { guestCode, V1_OPERATIONS } from "../../v1/mod.ts";
import { DOM0, forgets } from "../settings.ts";
import { buildKimage, dom0Width, dropKimage, type Kimage, kimageIn } from "./build.ts";
import { addressOf } from "./list.ts";

/** Where the structure lies on dom0's stack. */
const ARGUMENT = 0x0800_0000n;

/** `load IMAGE via hooks`. `op` is 1, or what the header that dom0 was built with has for its name. */
export function* loadByHooks(
  run: Run,
  spec: ImageSpec,
  op: bigint = SUB_OP.load_v1,
): Decision<string> {
  const built = yield* buildKimage(run, spec, true);
  if ("rule" in built) return yield* refuse(run, built);
  const code = `relocation code of dom0's image ${spec.name}`;
  yield* emit(run, {
    kind: "bytes-written",
    at: built.codeFrame * PAGE_SIZE,
    bytes: guestCode(),
    what: code,
  });
  const call = { ...loadV1Call(run, spec, built), op };
  const ret = yield* kexecOp(run, call, { ...OWN_SUB_OPERATIONS, ...V1_OPERATIONS });
  if (ret !== "0") {
    yield* dropKimage(run, built.id);
    return ret;
  }
  yield* keep(run, spec.slot, built.id);
  return "0";
}

/** Op 2 whatever dom0 has; then its own image, if there is one. */
export function* unloadV1(run: Run, slot: Slot): Decision<string> {
  const old = kimageIn(run, slot);
  if (old !== undefined) return yield* unloadByHooks(run, slot);
  return yield* kexecOp(run, v1Call(run, "unload_v1", slot), V1_OPERATIONS);
}

/** Op 2, then the pages: in the other order Xen could jump into freed memory. A failure is only warned of. */
export function* unloadByHooks(run: Run, slot: Slot): Decision<string> {
  const old = kimageIn(run, slot);
  if (old === undefined) return "0";
  if (!forgets(run.machine, "unload")) {
    const ret = yield* kexecOp(run, v1Call(run, "unload_v1", slot), V1_OPERATIONS);
    if (ret !== "0") {
      yield* emit(run, { kind: "log-printed", text: `kexec: kexec_unload: ret = ${ret}` });
    }
  } else yield* tellForgottenUnload(run, slot, old.name);
  yield* emit(run, { kind: "setting-set", name: DOM0.image(slot), value: 0n });
  yield* dropKimage(run, old.id);
  return "0";
}

/** The new image takes the slot, then the old one's pages are given back. */
export function* keep(run: Run, slot: Slot, id: number): Decision<void> {
  const old = kimageIn(run, slot);
  yield* emit(run, { kind: "setting-set", name: DOM0.image(slot), value: BigInt(id) });
  if (old !== undefined) yield* dropKimage(run, old.id);
}

function* tellForgottenUnload(run: Run, slot: Slot, name: string): Decision<void> {
  if (run.machine.slots[slot] === undefined) return;
  const kept = run.features.v1Converts
    ? "Xen keeps its own copy loaded"
    : "Xen still has their addresses, and will use them";
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "freed-before-unload",
      message: `dom0 gives back the pages of image ${name} without op 2: ${kept}`,
      key: `freed-before-unload:${slot}:${name}`,
      cite: "linux-uek:machine_kexec_unload",
    },
  });
}

/** Helper pages in the order of Kiper's series; 32-bit: the twelve words that Xen passes on. */
export function pageList(run: Run, { codeFrame, rootFrame, transition }: Kimage): bigint[] {
  const frames = dom0Width(run) === 64
    ? [codeFrame, ...transition, rootFrame]
    : [codeFrame, ...transition];
  const list = Array.from({ length: KEXEC_XEN_NO_PAGES }, () => 0n);
  const forgotten = forgets(run.machine, "page_list");
  for (const [k, frame] of frames.entries()) {
    list[2 * k] = addressOf(run.machine, frame, forgotten);
  }
  return list;
}

function loadV1Call(run: Run, spec: ImageSpec, kimage: Kimage): Call {
  const width = dom0Width(run);
  const bytes = encode(XEN_KEXEC_LOAD_V1, width, {
    type: BigInt(typeOf(spec.slot)),
    page_list: pageList(run, kimage),
    indirection_page: run.machine.images.get(kimage.id)!.head,
    start_address: spec.entryPoint,
  });
  return callWith(run, "load_v1", bytes, spec);
}

function v1Call(run: Run, name: SubOpName, slot: Slot): Call {
  const bytes = encode(XEN_KEXEC_LOAD_V1, dom0Width(run), {
    type: BigInt(typeOf(slot)),
    page_list: [],
    indirection_page: 0n,
    start_address: 0n,
  });
  return callWith(run, name, bytes);
}

function callWith(run: Run, name: SubOpName, bytes: Uint8Array, spec?: ImageSpec): Call {
  const names = spec === undefined ? {} : { names: namesOf(spec) };
  return {
    op: SUB_OP[name],
    arg: ARGUMENT,
    guest: {
      width: dom0Width(run),
      caller: "dom0",
      pieces: [literal(ARGUMENT, bytes, name)],
      ...names,
    },
  };
}
