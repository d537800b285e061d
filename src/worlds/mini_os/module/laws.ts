/**
 * What must hold of a module that is taken over and over: the real code holds none of it against
 * what it finds. Each law that is broken is a hazard; `fixed` refuses such a module.
 */
import type { Decision, Machine } from "../../../machine/mod.ts";
import { isRam } from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { hex, span } from "../../../routine/mod.ts";
import { type Run, tell } from "../steps.ts";
import { dataOffset, HEADER_SIZE, PAGE_FREE, RECORD, type Record } from "./layout.ts";
import { moduleOf, type ModuleView } from "./view.ts";

export interface Broken {
  /** Key of the hazard catalogue. */
  readonly code: string;
  readonly message: string;
}

const CITE = "minios:struct kexec_module";
const MOST_RECORDS = 255;
/** Sizes of the record types that are known. */
const SIZES: ReadonlyMap<number, number> = new Map([[RECORD.ninepfs, 16]]);

/** Every law that the module of the running kernel breaks, in a fixed order; none without a module. */
export function brokenLaws(machine: Machine): Broken[] {
  const view = moduleOf(machine);
  return view === undefined ? [] : [...placeLaws(machine, view), ...tableLaws(view)];
}

/** Laws that the bytes of the last page break, wherever the module lies. */
export function brokenContents(machine: Machine): Broken[] {
  const view = moduleOf(machine);
  return view === undefined ? [] : [...tableLaws(view)];
}

function* placeLaws(
  machine: Machine,
  { range, pointers, eyeCatcher }: ModuleView,
): Generator<Broken> {
  if (!eyeCatcher) {
    yield {
      code: "module-form",
      message: `the last page ${hex(pointers.admin)} has no eye catcher`,
    };
  }
  if (range.start < 0 || range.start % PAGE_SIZE !== 0) {
    yield {
      code: "module-form",
      message: `it begins at ${hex(Math.max(0, range.start))}, inside a page`,
    };
    return;
  }
  if (range.end > 2 ** 32) {
    yield { code: "module-above-4g", message: `it ends at ${hex(range.end)}, above 4 GiB` };
  }
  const strange = firstFrame(range, (frame) => !isRam(machine, frame));
  if (strange !== undefined) {
    yield { code: "module-not-ram", message: `its page ${hex(strange * PAGE_SIZE)} is no RAM` };
  }
  const given = firstFrame(range, (frame) => machine.free.get(frame) === true);
  if (given !== undefined) {
    yield {
      code: "module-page-free",
      message: `its page ${hex(given * PAGE_SIZE)} is in the page allocator`,
    };
  }
  const kernel = firstFrame(range, (frame) => machine.owners.get(frame)?.kind === "kernel");
  if (kernel !== undefined) {
    yield {
      code: "module-inside-kernel",
      message: `its page ${hex(kernel * PAGE_SIZE)} is the running kernel's`,
    };
  }
}

function firstFrame(
  { start, end }: { readonly start: number; readonly end: number },
  is: (frame: number) => boolean,
): number | undefined {
  for (let frame = start / PAGE_SIZE; frame < end / PAGE_SIZE; frame++) if (is(frame)) return frame;
  return undefined;
}

function* tableLaws({ header, owners, records }: ModuleView): Generator<Broken> {
  const data = dataOffset(header);
  if (header.table % 2 !== 0) {
    yield {
      code: "record-table-odd",
      message: `the record table begins at the odd offset ${header.table}`,
    };
  }
  if (header.table < HEADER_SIZE + header.pages) {
    yield {
      code: "record-table-over-map",
      message:
        `the record table begins at ${header.table}, inside the map of ${header.pages} pages`,
    };
  }
  if (data > PAGE_SIZE) {
    yield {
      code: "record-table-leaves-page",
      message: `the record table ends at ${data}, beyond the last page of the module`,
    };
  }
  if (header.records > MOST_RECORDS) {
    yield {
      code: "too-many-records",
      message:
        `the table has ${header.records} slots: a page's owner is one byte, 255 of them at most`,
    };
  }
  const stranger = owners.findIndex((o) =>
    o !== PAGE_FREE && (records[o] === undefined || records[o].type === RECORD.none)
  );
  if (stranger !== -1) {
    yield {
      code: "page-owner-unknown",
      message: `page ${stranger} belongs to record ${owners[stranger]}, which is none`,
    };
  }
  const used = records.map((record, index) => ({ record, index }))
    .filter(({ record }) => record.type !== RECORD.none);
  yield* dataLaws(used, data);
}

function* dataLaws(
  used: readonly { readonly record: Record; readonly index: number }[],
  data: number,
): Generator<Broken> {
  for (const { record: { offset, size, type }, index } of used) {
    if (offset < data || offset + size > PAGE_SIZE) {
      yield {
        code: "record-data-outside",
        message: `the data ${span(offset, offset + size)} of record ${index} is not between ${
          hex(data)
        } and the end of the page`,
      };
    }
    const wanted = SIZES.get(type);
    if (wanted !== undefined && wanted !== size) {
      yield {
        code: "record-size-wrong",
        message: `record ${index} of type ${type} has ${size} bytes and not ${wanted}`,
      };
    }
  }
  const sorted = [...used].sort((a, b) => a.record.offset - b.record.offset);
  for (const [i, { record, index }] of sorted.entries()) {
    const next = sorted[i + 1];
    if (next === undefined || record.offset + record.size <= next.record.offset) continue;
    yield {
      code: "record-data-overlaps",
      message: `the data of records ${index} and ${next.index} overlaps`,
    };
  }
}

export function* tellBrokenLaws(run: Run): Decision<void> {
  for (const { code, message } of brokenLaws(run.machine)) {
    yield* tell(run, code, message, CITE, `${code}:${message}`);
  }
}
