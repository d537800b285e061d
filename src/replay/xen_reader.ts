/** What reads one kind of Xen's recordings, and the list of all kinds. */
import type { World } from "../machine/mod.ts";
import type { FieldCounter } from "./fields.ts";
import { type JsonValue, type RecordedCase, show } from "./format.ts";
import type { Difference } from "./report.ts";

/** What a reader is lent for a case. */
export interface XenBench {
  readonly world: World;
  readonly counter: FieldCounter;
  /** A field, or a word of the recording, that no rule knows. */
  readonly unknown: (what: string) => void;
}

export interface XenFindings {
  readonly differences: readonly Difference[];
  readonly compared: number;
}

/** One for each recording: it may keep what has to agree from case to case. */
export interface XenReader {
  wants(recorded: RecordedCase): boolean;
  read(recorded: RecordedCase, bench: XenBench): XenFindings;
}

/** Collects what a reader finds in a case. */
export class Findings {
  readonly differences: Difference[] = [];
  compared = 0;
  readonly #bench: XenBench;
  readonly #kind: string;

  /** `kind` goes before the names of fields: `crashkernel`. */
  constructor(bench: XenBench, kind: string) {
    this.#bench = bench;
    this.#kind = kind;
  }

  /** Whether a field is known; counts it. */
  meet(field: string): boolean {
    const known = this.#bench.counter.meet(`${this.#kind}.${field}`) !== undefined;
    if (!known) this.#bench.unknown(`${this.#kind}.${field}`);
    return known;
  }

  /** Compares two values as they are written. */
  expect(field: string, recorded: JsonValue | undefined, modelled: JsonValue | undefined): void {
    this.compared++;
    if (show(recorded) === show(modelled)) return;
    this.differ(field, show(recorded), show(modelled));
  }

  differ(field: string, recorded: string, modelled: string): void {
    this.differences.push({ operation: 0, field: `${this.#kind}.${field}`, recorded, modelled });
  }
}
