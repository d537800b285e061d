/** Behind the jump: whether the new kernel is there, and its first steps. */
import {
  type Decision,
  type FileBytes,
  type Machine,
  readMemory,
  readRecipe,
} from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { startKernel } from "../boot.ts";
import { rootOf } from "../memory/mod.ts";
import { kernelOf } from "../state.ts";
import { emit, milestone, type Run, tell } from "../steps.ts";
import type { Landed } from "./final.ts";
import { kexecOf, type NextBuild } from "./state.ts";

const CITE = "minios:kexec_final";
/** How far below its end a kernel has its top page table, if nobody says. */
export const TABLE_DISTANCE = 0x10000;
/** Bytes compared of each piece where it is not the file itself. */
const MOST_COMPARED = 1 << 20;

/** The end of the new kernel: what its own program headers fill. */
function imageEnd(run: Run): number {
  const { actions } = kexecOf(run.machine);
  let end = 0;
  for (const { kind, dest, length, source } of actions) {
    if (kind === "CALL" || (kind === "COPY" && source.in !== "file")) continue;
    end = Math.max(end, Number(dest) + length);
  }
  return Math.ceil(end / PAGE_SIZE) * PAGE_SIZE;
}

/** Starts what lies at the entry point; the machine is the next kernel afterwards. */
export function* startNext(run: Run, landed: Landed): Decision<void> {
  const state = kexecOf(run.machine);
  const next: NextBuild = state.next!;
  yield* tellOverwritten(run);
  yield* emit(run, {
    kind: "power-changed",
    power: "new-image",
    why: `kexec started ${next.image}`,
  });
  const content = run.machine.contents.get(Math.floor(landed.edi / PAGE_SIZE));
  const empty = content === undefined || content.recipe.kind === "unwritten" ||
    content.recipe.kind === "zeros";
  if (empty) {
    const message = `nothing that can run is at the entry point ${hex(landed.edi)}`;
    yield* tell(run, "entry-without-code", message, CITE);
    yield* milestone(run, `code at ${hex(landed.edi)} has control`, CITE);
    return;
  }
  const before = kernelOf(run.machine)!;
  const end = next.imageEnd ?? imageEnd(run);
  const tables = rootOf(next.pageTableBase ?? end - TABLE_DISTANCE);
  yield* startKernel(run, {
    release: next.release ?? run.machine.system?.version ?? run.features.release,
    modulePages: next.modulePages ?? before.modulePages,
    imageEnd: end,
    pageTableBase: tables,
    startInfo: landed.ebx,
    currentReservation: before.currentReservation,
  });
}

/** Pieces of the new kernel that are not what its file says: a later action, or a stale one, was there. */
function* tellOverwritten(run: Run): Decision<void> {
  const { actions, buffer } = kexecOf(run.machine);
  for (const { kind, dest, length, source, what } of actions) {
    if (kind !== "COPY" || source.in !== "file") continue;
    const at = differingFrom(
      run.machine,
      buffer!.file,
      Number(source.offset),
      Number(dest),
      length,
    );
    if (at === undefined) continue;
    const writer = run.machine.contents.get(Math.floor(at / PAGE_SIZE));
    const message = `${what} is not what its file says from ${hex(at)} on: it holds ${
      writer === undefined ? "nothing" : writer.what
    }`;
    yield* tell(run, "destination-mismatch", message, CITE, `destination-mismatch:${what}`);
  }
}

/** The first address that does not hold the file's byte; what is the file itself is not read. */
function differingFrom(
  machine: Machine,
  file: FileBytes,
  offset: number,
  dest: number,
  length: number,
): number | undefined {
  const whole = { kind: "file", file, offset: 0, length: file.size } as const;
  let budget = MOST_COMPARED;
  for (let done = 0; done < length && budget > 0;) {
    const at = dest + done;
    const extent = machine.contents.firstFrom(Math.floor(at / PAGE_SIZE));
    const inside = extent !== undefined && extent.start * PAGE_SIZE <= at;
    const edge = inside ? extent.end : extent?.start ?? Infinity;
    const here = Math.min(length - done, edge * PAGE_SIZE - at);
    const recipe = inside ? extent.value.recipe : undefined;
    const first = at - (inside ? extent.shift : 0) * PAGE_SIZE;
    const same = recipe?.kind === "file" && recipe.file === file &&
      recipe.offset + first === offset + done;
    if (!same) {
      const compared = Math.min(here, budget);
      const wanted = readRecipe(whole, offset + done, compared);
      const found = readMemory(machine, at, compared);
      const differing = found.findIndex((byte, i) => byte !== wanted[i]);
      if (differing !== -1) return at + differing;
      budget -= compared;
    }
    done += here;
  }
  return undefined;
}
