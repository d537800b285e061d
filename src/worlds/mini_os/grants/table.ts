/**
 * The grant table: what this domain lets others map. Xen holds the entries, so they outlive the kernel;
 * the list of unused references is a variable of the kernel and is made anew at each boot.
 * [minios:init_gnttab]
 * Simplified: the entries are a table beside memory, not bytes in the frames that Xen lends.
 */
import type { Decision, Machine } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex } from "../../../routine/mod.ts";
import { keep } from "../state.ts";
import { bug, type Run, tell } from "../steps.ts";

/** NR_RESERVED_ENTRIES and NR_GRANT_ENTRIES: four pages of 8-byte entries. */
const FIRST_REFERENCE = 8;
const END_OF_REFERENCES = 4 * PAGE_SIZE / 8;
/** GTF_permit_access. */
const PERMIT_ACCESS = 1;

/** What Xen holds: it stays while kernels come and go. */
export const GRANTS = "xen.grants";
/** The kernel's own list of unused references. */
const UNUSED = "mini_os.unused_grants";

/** An entry with flags; all others are unused. */
export interface Grant {
  readonly flags: number;
  readonly domain: number;
  readonly frame: number;
}

export type Grants = ReadonlyMap<number, Grant>;
interface Unused {
  /** The last one is given next. */
  readonly references: readonly number[];
}

export function grantsOf(machine: Machine): Grants {
  return machine.records.get(GRANTS) as Grants | undefined ?? new Map();
}

function unusedOf(machine: Machine): readonly number[] {
  return (machine.records.get(UNUSED) as Unused | undefined)?.references ?? [];
}

/** Live references that the running kernel would give out, the next one first. */
export function endangered(machine: Machine): number[] {
  const unused = unusedOf(machine);
  const known = setOf(unused);
  return [...grantsOf(machine).keys()].filter((reference) => known.has(reference))
    .sort((a, b) => unused.lastIndexOf(b) - unused.lastIndexOf(a));
}

/** A list is asked about often and changes seldom. */
const sets = new WeakMap<readonly number[], ReadonlySet<number>>();

function setOf(references: readonly number[]): ReadonlySet<number> {
  let known = sets.get(references);
  if (known === undefined) sets.set(references, known = new Set(references));
  return known;
}

/** Makes the list of unused references; before the series every one of them was put on it. */
export function* initGrants(run: Run): Decision<void> {
  const live = grantsOf(run.machine);
  const references: number[] = [];
  for (let reference = FIRST_REFERENCE; reference < END_OF_REFERENCES; reference++) {
    if (!run.features.keepsLiveGrants || !live.has(reference)) references.push(reference);
  }
  yield* keep(run, UNUSED, { references }, `${references.length} grant references are unused`);
  const lost = endangered(run.machine);
  if (lost.length === 0) return;
  yield* tell(
    run,
    "live-grant-unused",
    `${lost.length} live grant${
      lost.length === 1 ? " is" : "s are"
    } on the list of unused references, first ${
      lost[0]
    }: the next grant overwrites one that a backend uses`,
    "minios:init_gnttab",
  );
}

/** Lets `domain` map a frame; the reference. [minios:gnttab_grant_access] [minios:get_free_entry] */
export function* grantAccess(run: Run, domain: number, frame: number): Decision<number> {
  const unused = unusedOf(run.machine);
  const reference = unused.at(-1);
  // The real code waits until one is given back; nobody else runs here.
  if (reference === undefined) return yield* bug(run, "no grant reference is unused");
  const live = grantsOf(run.machine);
  const old = live.get(reference);
  if (old !== undefined) {
    yield* tell(
      run,
      "live-grant-reused",
      `grant ${reference} of ${hex(old.frame * PAGE_SIZE)} is live and now grants ${
        hex(frame * PAGE_SIZE)
      }: the backend loses or corrupts memory`,
      "minios:gnttab_grant_access",
      `live-grant-reused:${reference}`,
    );
  }
  yield* keep(
    run,
    UNUSED,
    { references: unused.slice(0, -1) },
    `grant reference ${reference} taken`,
  );
  yield* keep(
    run,
    GRANTS,
    new Map(live).set(reference, { flags: PERMIT_ACCESS, domain, frame }),
    `grant ${reference}: domain ${domain} may map ${hex(frame * PAGE_SIZE)}`,
  );
  return reference;
}

/** Ends a grant. [minios:gnttab_end_access] */
export function* endAccess(run: Run, reference: number): Decision<void> {
  if (reference < FIRST_REFERENCE || reference >= END_OF_REFERENCES) {
    return yield* bug(run, `grant reference ${reference} is none that can be ended`);
  }
  const live = new Map(grantsOf(run.machine));
  live.delete(reference);
  yield* keep(run, GRANTS, live, `grant ${reference} ended`);
  const references = [...unusedOf(run.machine), reference];
  yield* keep(run, UNUSED, { references }, `grant reference ${reference} is unused`);
}

/** The address of the page that a reference grants, or 0. [minios:gnttab_get_addr] */
export function* grantedAddress(run: Run, reference: number): Decision<number> {
  if (reference < FIRST_REFERENCE || reference >= END_OF_REFERENCES) {
    return yield* bug(run, `grant reference ${reference} is out of range`);
  }
  return (grantsOf(run.machine).get(reference)?.frame ?? 0) * PAGE_SIZE;
}
