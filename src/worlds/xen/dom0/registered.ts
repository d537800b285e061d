/**
 * Xen 4.3 and older keep the addresses of a v1 image and not its pages: from op 1 to op 2 they must
 * stay dom0's, and nothing tells dom0's memory management so. [xen:machine_kexec_load]
 */
import type { Decision } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { emit, type Run } from "../steps.ts";
import { storedFrames } from "../v1/mod.ts";

/** Told of the first page of each loaded image that is among `taken`. */
export function* tellTakenFrames(
  run: Run,
  taken: readonly { readonly frame: number; readonly count: number }[],
  why: string,
): Decision<void> {
  for (const slot of ["default", "crash"] as const) {
    const id = run.machine.slots[slot];
    const image = id === undefined ? undefined : run.machine.images.get(id);
    if (image?.pageList === undefined) continue;
    const lost = storedFrames(run.machine, image).find(({ frame }) =>
      taken.some((r) => frame >= r.frame && frame < r.frame + r.count)
    );
    if (lost === undefined) continue;
    yield* emit(run, {
      kind: "hazard-found",
      hazard: {
        code: "registered-page-lost",
        message: `${why}: page ${
          hex(lost.frame * PAGE_SIZE)
        }, ${lost.what} of the loaded image ${image.name}, is dom0's no more, and Xen will still use it`,
        key: `registered-page-lost:${image.id}`,
        cite: "xen:machine_kexec_load",
      },
    });
  }
}
