/** Behind the jump: whether the new kernel is there, and its first steps. */
import { type Decision, readMemory, readRecipe } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { startKernel } from "../boot.ts";
import { kernelOf } from "../state.ts";
import { emit, milestone, type Run, tell } from "../steps.ts";
import type { Landed } from "./final.ts";
import { kexecOf, type NextBuild } from "./state.ts";

const CITE = "minios:kexec_final";
/** How far below its end a kernel has its top page table, if nobody says. */
export const TABLE_DISTANCE = 0x10000;
/** Three tables of the image lie below the top one. */
export const LOWEST_TABLES = 0x3000;
/** Bytes compared of each piece, from its beginning. */
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
  const tables = next.pageTableBase ??
    Math.max(LOWEST_TABLES, Math.floor((end - TABLE_DISTANCE) / PAGE_SIZE) * PAGE_SIZE);
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
    const compared = Math.min(length, MOST_COMPARED);
    const wanted = readRecipe(
      { kind: "file", file: buffer!.file, offset: 0, length: buffer!.file.size },
      Number(source.offset),
      compared,
    );
    const found = readMemory(run.machine, Number(dest), compared);
    const at = found.findIndex((byte, i) => byte !== wanted[i]);
    if (at === -1) continue;
    const address = Number(dest) + at;
    const writer = run.machine.contents.get(Math.floor(address / PAGE_SIZE));
    const message = `${what} is not what its file says from ${hex(address)} on: it holds ${
      writer === undefined ? "nothing" : writer.what
    }`;
    yield* tell(run, "destination-mismatch", message, CITE, `destination-mismatch:${what}`);
  }
}
