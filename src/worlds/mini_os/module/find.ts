/**
 * Looking for a module that the kernel before left. The real code says nothing when it does not take
 * one: here each test is an event, and the one that failed says what it found.
 * [minios:get_module] [minios:kexec_check_module]
 */
import type { Decision, Refusal } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import type { ModuleEntry } from "../state.ts";
import { check, print, read, refuse, type Run, u16 } from "../steps.ts";
import { AT_PAGES, EYE_CATCHER } from "./layout.ts";

const CITE = "minios:kexec_check_module";
const PAGE = BigInt(PAGE_SIZE);

/** A module that was taken. Addresses in bytes. */
export interface Found {
  readonly admin: number;
  readonly start: number;
}

/** The first module of the list, if it passes; the others are not looked at. */
export function* findModule(
  run: Run,
  modules: readonly ModuleEntry[],
): Decision<Found | undefined> {
  const [module] = modules;
  if (module === undefined) return undefined;
  if (modules.length > 1) {
    yield* print(run, "get_module() called with more than 1 module present");
    yield* print(run, "First module data returned");
  }
  const { paddr, size } = module;
  const failed = (yield* passes(run, "module-at-zero", paddr !== 0n, () => ({
    message: "the first module is said to lie at 0, which means that there is none",
    remedy: "an address above 0",
  }))) ?? (yield* passes(run, "module-size-unaligned", size % PAGE === 0n, () => ({
    message: `its size ${hex(size)} is no multiple of a page`,
    remedy: `a size of ${hex((size / PAGE + 1n) * PAGE)}`,
  }))) ?? (yield* contents(run, module));
  if (failed !== undefined) {
    yield* refuse(run, failed);
    return undefined;
  }
  return { admin: Number(paddr + size - PAGE), start: Number(paddr) };
}

/** What can only be told from the bytes of the last page. */
function* contents(run: Run, { paddr, size }: ModuleEntry): Decision<Refusal | undefined> {
  const admin = BigInt.asUintN(64, paddr + size - PAGE);
  const where = `the last page of the module at ${hex(paddr)}`;
  const seen: number[] = [];
  // Byte by byte: memcmp reads no further than the first difference.
  for (const [i, letter] of EYE_CATCHER.entries()) {
    const [byte] = yield* read(run, admin + BigInt(i), 1, where);
    seen.push(byte!);
    if (byte !== letter) break;
  }
  const failed = yield* passes(
    run,
    "module-eye-catcher",
    seen.every((byte, i) => byte === EYE_CATCHER[i]),
    () => ({
      message: `${where} begins with ${printed(seen)}… and not with "KexecMem"`,
      remedy: "the page as the kernel before left it",
    }),
  );
  if (failed !== undefined) return failed;
  const pages = u16(yield* read(run, admin + BigInt(AT_PAGES), 2, where));
  const wanted = BigInt.asUintN(64, size / PAGE - 1n);
  return yield* passes(run, "module-page-count", BigInt(pages) === wanted, () => ({
    message: `its header counts ${pages} pages beside the last one, its size ${
      size === 0n ? "of 0 leaves no last page" : `says ${wanted}`
    }`,
    remedy: size === 0n ? "a size of one page or more" : `a size of ${hex(pages + 1)} pages`,
  }));
}

function* passes(
  run: Run,
  rule: string,
  held: boolean,
  why: () => { readonly message: string; readonly remedy: string },
): Decision<Refusal | undefined> {
  return yield* check(
    run,
    rule,
    CITE,
    held ? undefined : {
      rule,
      errno: "NULL",
      nature: "state",
      ...why(),
      cite: CITE,
    },
  );
}

/** `"Kx\x00"`: the bytes up to the first that differs. */
function printed(bytes: readonly number[]): string {
  const letters = bytes.map((byte) =>
    byte >= 0x20 && byte < 0x7f
      ? String.fromCharCode(byte)
      : `\\x${byte.toString(16).padStart(2, "0")}`
  );
  return `"${letters.join("")}"`;
}
