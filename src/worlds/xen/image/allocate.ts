/**
 * The empty image: checks, the page of the relocation code, the first page of the list, both mapped.
 * [xen:kimage_alloc]
 */
import type { Decision, Refusal } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { check, type Run } from "../steps.ts";
import { beginImage, type Building, change, type ImageRequest } from "./building.ts";
import { checkCrash, checkSegments } from "./checks.ts";
import { takeControlPages } from "./control_pages.ts";
import { freeImage } from "./free.ts";
import { openListPage } from "./list.ts";
import { mapPages } from "./page_tables.ts";
import { noMemory } from "./refusals.ts";

export type Allocated =
  | { readonly ok: true; readonly building: Building }
  | { readonly ok: false; readonly refusal: Refusal };

/** `type` may be anything; 0 and 1 are known. What was taken is given back where it fails. */
export function* allocateImage(
  run: Run,
  request: Omit<ImageRequest, "type"> & { readonly type: number },
): Decision<Allocated> {
  const { type } = request;
  const refusal = (yield* check(run, "unknown-type", "xen:kimage_alloc", badType(type))) ??
    (type === 1 ? yield* checkCrash(run, { ...request, type }) : undefined) ??
    (yield* checkSegments(run, request.segments));
  if (refusal !== undefined) return { ok: false, refusal };
  const building = yield* beginImage(run, { ...request, type: type === 1 ? 1 : 0 });
  const failure = yield* takeFirstPages(run, building);
  if (failure === undefined) return { ok: true, building };
  yield* freeImage(run, building.id);
  return { ok: false, refusal: failure };
}

export function badType(type: number): Refusal | undefined {
  if (type === 0 || type === 1) return undefined;
  return {
    rule: "unknown-type",
    errno: "EINVAL",
    nature: "arguments",
    message: `type ${type} is neither 0 (default) nor 1 (crash)`,
    remedy: "0 or 1",
    cite: "xen:kexec_load_get_bits",
  };
}

function* takeFirstPages(run: Run, building: Building): Decision<Refusal | undefined> {
  const { type } = building;
  const [code] = yield* takeControlPages(run, building, 1, "control-code", "control code");
  if (code === undefined) return noMemory(type, "the control code");
  yield* change(run, building, { controlCodeFrame: code });
  if (!(yield* mapToItself(run, building, code))) return noMemory(type, "page tables");
  const [list] = yield* takeControlPages(run, building, 1, "indirection", "indirection page");
  if (list === undefined) {
    return run.features.missesListPage ? undefined : noMemory(type, "the indirection list");
  }
  yield* openListPage(run, building, list);
  if (!(yield* mapToItself(run, building, list))) return noMemory(type, "page tables");
  yield* change(run, building, {
    head: BigInt(list * PAGE_SIZE),
    ...(type === 1 ? { controlCursor: Number(building.cursor) } : {}),
  });
  return undefined;
}

function* mapToItself(run: Run, building: Building, frame: number): Decision<boolean> {
  const maddr = BigInt(frame * PAGE_SIZE);
  return yield* mapPages(run, building, maddr, maddr, 1);
}
