/** Ops 3, 5 and 6: get_range, unload and status. [xen:kexec_get_range] [xen:kexec_unload] [xen:kexec_status] */
import type { Decision, Refusal } from "../../machine/mod.ts";
import { hex } from "../../routine/mod.ts";
import {
  decode,
  encode,
  KEXEC_RANGE,
  sizeOfStruct,
  type SubOpName,
  XEN_KEXEC_RANGE,
  XEN_KEXEC_STATUS,
  XEN_KEXEC_UNLOAD,
} from "./abi/mod.ts";
import { keepsLow, noteSize, notesOf } from "./execution/notes.ts";
import { copyFromGuest, type Guest } from "./guest.ts";
import { badType, checkNotInProgress, swapImages } from "./image/mod.ts";
import { badPointer, load } from "./load.ts";
import type { SubOperation } from "./part.ts";
import { activeImage, crashArea, crashRegion, positionOf, type Type, VMCOREINFO } from "./state.ts";
import { check, emit, refuse, type Run } from "./steps.ts";

export const OWN_SUB_OPERATIONS: Readonly<Partial<Record<SubOpName, SubOperation>>> = {
  get_range: getRange,
  load,
  unload,
  status,
};

function* unload(run: Run, guest: Guest, arg: bigint): Decision<string> {
  const bytes = copyFromGuest(guest, arg, sizeOfStruct(XEN_KEXEC_UNLOAD, guest.width));
  const unreadable = yield* check(
    run,
    "argument-unreadable",
    "xen:kexec_unload",
    bytes === undefined ? badPointer("xen_kexec_unload", "xen:kexec_unload") : undefined,
  );
  if (unreadable !== undefined) return yield* refuse(run, unreadable);
  const type = Number(decode(XEN_KEXEC_UNLOAD, guest.width, bytes!)!.type);
  return yield* unloadType(run, type);
}

/** Also what op 2 does with its type: the position flips even if nothing was loaded. */
export function* unloadType(run: Run, number: number): Decision<string> {
  const refusal = (yield* checkNotInProgress(run)) ??
    (yield* check(run, "unknown-type", "xen:kexec_load_get_bits", badType(number)));
  if (refusal !== undefined) return yield* refuse(run, refusal);
  const type: Type = number === 1 ? 1 : 0;
  if (activeImage(run.machine, type) === undefined) {
    yield* emit(run, {
      kind: "hazard-found",
      hazard: {
        code: "unload-of-nothing",
        message:
          "nothing was loaded: unload succeeds, flips the position, and status says 1 or 0 the other way round",
        key: "unload-of-nothing",
        cite: "xen:kexec_swap_images",
      },
    });
  }
  yield* swapImages(run, type, undefined);
  return run.ended ?? "0";
}

/** The position, not the slot: how often, modulo two, a load or an unload succeeded. */
function* status(run: Run, guest: Guest, arg: bigint): Decision<string> {
  const cite = "xen:kexec_status";
  const bytes = copyFromGuest(guest, arg, sizeOfStruct(XEN_KEXEC_STATUS, guest.width));
  const unreadable = yield* check(
    run,
    "argument-unreadable",
    cite,
    bytes === undefined ? badPointer("xen_kexec_status", cite) : undefined,
  );
  if (unreadable !== undefined) return yield* refuse(run, unreadable);
  const number = Number(decode(XEN_KEXEC_STATUS, guest.width, bytes!)!.type);
  const bad = yield* check(run, "unknown-type", "xen:kexec_load_get_bits", badType(number));
  if (bad !== undefined) return yield* refuse(run, bad);
  const type: Type = number === 1 ? 1 : 0;
  const said = positionOf(run.machine, type);
  const loaded = activeImage(run.machine, type) === undefined ? 0 : 1;
  if (said !== loaded) {
    yield* emit(run, {
      kind: "hazard-found",
      hazard: {
        code: "status-is-parity",
        message: `status says ${said}, but ${
          loaded === 1 ? "an image is loaded" : "nothing is loaded"
        }: it tells the position, which every load and unload flips`,
        key: "status-is-parity",
        cite,
      },
    });
  }
  return String(said);
}

/** What get_range found, or why it did not. */
type Found = { readonly start: bigint; readonly size: bigint } | Refusal;

function* getRange(run: Run, guest: Guest, arg: bigint): Decision<string> {
  const cite = "xen:kexec_get_range";
  const size = sizeOfStruct(XEN_KEXEC_RANGE, guest.width);
  const bytes = copyFromGuest(guest, arg, size);
  const unreadable = yield* check(
    run,
    "argument-unreadable",
    cite,
    bytes === undefined ? badPointer("xen_kexec_range", cite) : undefined,
  );
  if (unreadable !== undefined) return yield* refuse(run, unreadable);
  const { range, nr } = decode(XEN_KEXEC_RANGE, guest.width, bytes!)!;
  const found = rangeOf(run, range, nr);
  const told = "errno" in found ? { start: 0n, size: 0n } : found;
  const wide = guest.width === 32 && ((told.start | told.size) >> 32n) !== 0n;
  const refusal = (yield* check(run, "range-above-4gib", cite, wide ? tooWide(told) : undefined)) ??
    ("errno" in found ? found : undefined);
  if (refusal !== undefined) return yield* refuse(run, refusal);
  run.answer = { at: arg, bytes: encode(XEN_KEXEC_RANGE, guest.width, { range, nr, ...told }) };
  run.note = `start ${hex(told.start)}, size ${hex(told.size)}`;
  return "0";
}

function rangeOf(run: Run, range: bigint, nr: bigint): Found {
  const { machine } = run;
  const plain = (r: { start: number; end: number } | undefined): Found =>
    r === undefined
      ? { start: 0n, size: 0n }
      : { start: BigInt(r.start), size: BigInt(r.end - r.start) };
  switch (range) {
    case KEXEC_RANGE.crash:
      return plain(crashRegion(machine));
    case KEXEC_RANGE.xen:
      return plain(machine.reservations.get("xen"));
    case KEXEC_RANGE.vmcoreinfo:
      return plain(machine.reservations.get(VMCOREINFO));
    case KEXEC_RANGE.cpu: {
      if (nr < 0n || nr >= BigInt(machine.cpus)) return noSuchCpu(nr, machine.cpus);
      if (crashArea(machine).size === 0n) return noNotes();
      const notes = notesOf(machine, Number(nr));
      if (notes === undefined && keepsLow(machine)) return noNotes();
      return notes === undefined
        ? { start: 0n, size: 0n }
        : { start: BigInt(notes.start), size: BigInt(noteSize(Number(nr))) };
    }
    default:
      return {
        rule: "unknown-range",
        errno: "EINVAL",
        nature: "arguments",
        message: `range ${range} is none that Xen tells on x86`,
        remedy: "0 crash area, 1 Xen, 2 note of a CPU, 6 vmcoreinfo",
        cite: "xen:machine_kexec_get",
      };
  }
}

function noSuchCpu(nr: bigint, cpus: number): Refusal {
  return {
    rule: "no-such-cpu",
    errno: "ERANGE",
    nature: "arguments",
    message: `there is no processor ${nr}: physical ones are 0 to ${cpus - 1}`,
    cite: "xen:kexec_get_range",
  };
}

function noNotes(): Refusal {
  return {
    rule: "no-crash-notes",
    errno: "EINVAL",
    nature: "state",
    message:
      "there are no notes: Xen was booted without a crash area, or had no room for them below the limit",
    remedy: "Boot Xen with `crashkernel=`",
    cite: "xen:kexec_get_range",
  };
}

function tooWide({ start, size }: { start: bigint; size: bigint }): Refusal {
  return {
    rule: "range-above-4gib",
    errno: "ERANGE",
    nature: "placement",
    message: `start ${hex(start)} or size ${hex(size)} does not fit the caller's 32 bits`,
    remedy: "`low_crashinfo=all` on Xen's command line, or a 64-bit dom0",
    cite: "xen:kexec_get_range_compat",
  };
}
