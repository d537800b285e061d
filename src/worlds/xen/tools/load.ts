/**
 * `kexec -l` and `kexec -p` under Xen: the tool asks for the crash area, fills the gaps, and makes op 4
 * itself. dom0's kernel takes no part. It unloads nothing first. [kexec-tools:xen_kexec_load]
 */
import type { Decision, ImageSpec, SegmentSpec } from "../../../machine/mod.ts";
import { span } from "../../../routine/mod.ts";
import { loadCall, smallCall } from "../calls.ts";
import { DOM0 } from "../dom0/settings.ts";
import { dom0Width } from "../dom0/kimage/build.ts";
import { kexecOp } from "../hypercall.ts";
import { crashRegion } from "../state.ts";
import { type Check, check, emit, refuse, type Run } from "../steps.ts";
import { OWN_SUB_OPERATIONS } from "../sub_operations.ts";
import { toolSegments } from "./segments.ts";

const CITE = "kexec-tools:xen_kexec_load";

export function* loadByTools(run: Run, image: ImageSpec): Decision<string> {
  const refusal =
    (yield* check(run, "tool-misaligned", "kexec-tools:add_segment", badBase(image))) ??
      (yield* check(run, "tool-overlap", "kexec-tools:sort_segments", overlap(image.segments)));
  if (refusal !== undefined) return yield* refuse(run, refusal);
  if (image.slot === "crash") {
    const failed = yield* askForArea(run);
    if (failed !== undefined) return failed;
  }
  const release = String(run.machine.settings.get(DOM0.tools) ?? "");
  const segments = toolSegments(image.segments, release);
  const call = loadCall({ ...image, segments }, { width: BigInt(dom0Width(run)) });
  const ret = yield* kexecOp(run, call, OWN_SUB_OPERATIONS);
  const added = segments.length - image.segments.length;
  run.note = `${segments.length} segments, ${added} of them to map the first MiB`;
  if (ret === "0" && !run.features.loadsItself) yield* tellNothingLoaded(run, image.name);
  return ret;
}

/** The end is start + size − 1: without an area, that is all memory, and every check of the tool passes. */
function* askForArea(run: Run): Decision<string | undefined> {
  const call = smallCall("get_range", { range: 0n, nr: 0n }, dom0Width(run), "dom0");
  const ret = yield* kexecOp(run, call, OWN_SUB_OPERATIONS);
  delete run.note;
  if (ret !== "0") return ret;
  if (crashRegion(run.machine) !== undefined) return undefined;
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "no-area-read-as-all",
      message: "Xen says start 0, size 0: to kexec-tools that is 0 to 2^64 - 1, and it goes on",
      key: "no-area-read-as-all",
      cite: "kexec-tools:xen_get_kexec_range",
    },
  });
  return undefined;
}

function* tellNothingLoaded(run: Run, name: string): Decision<void> {
  yield* emit(run, {
    kind: "hazard-found",
    hazard: {
      code: "load-without-effect",
      message:
        `Xen ${run.features.version.text} has no op 4: it answered 0, kexec-tools says that ${name} is loaded, and nothing is`,
      key: `load-without-effect:${name}`,
      cite: CITE,
    },
  });
}

function badBase({ segments }: ImageSpec): Check {
  const i = segments.findIndex((s) => s.dest % 4096n !== 0n);
  if (i < 0) return undefined;
  return {
    rule: "tool-misaligned",
    errno: "EINVAL",
    nature: "placement",
    message: `kexec-tools gives up: base address of segment \`${
      segments[i]!.name
    }\` is not page aligned`,
    remedy: "A base address that is a multiple of 4096",
    segments: [i],
    cite: "kexec-tools:add_segment",
  };
}

function overlap(segments: readonly SegmentSpec[]): Check {
  for (const [i, a] of segments.entries()) {
    const j = segments.slice(0, i).findIndex((b) =>
      a.dest < b.dest + b.destSize && b.dest < a.dest + a.destSize
    );
    if (j < 0) continue;
    return {
      rule: "tool-overlap",
      errno: "EINVAL",
      nature: "placement",
      message: `kexec-tools gives up: segment \`${a.name}\` ${
        span(a.dest, a.dest + a.destSize)
      } overlaps segment \`${segments[j]!.name}\``,
      remedy: "Segments that lie beside each other",
      segments: [j, i],
      cite: "kexec-tools:sort_segments",
    };
  }
  return undefined;
}
