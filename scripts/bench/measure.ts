/** How the benches measure: medians, and memory after the garbage was collected. */
import process from "node:process";

export interface Row {
  readonly what: string;
  readonly value: number;
  readonly unit: string;
  /** What the project wants; absent for plain information. */
  readonly aim?: { readonly atMost: boolean; readonly value: number };
}

export interface Subject {
  readonly name: string;
  load(): Promise<{ bench(): Promise<Row[]> }>;
}

export function atMost(value: number): NonNullable<Row["aim"]> {
  return { atMost: true, value };
}

export function atLeast(value: number): NonNullable<Row["aim"]> {
  return { atMost: false, value };
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

/** Milliseconds of one call. */
export function timed(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

/**
 * Medians of several works, taken in turns: what disturbs the machine for a while disturbs all
 * of them.
 */
export function inTurns(runs: number, works: readonly (() => number)[]): number[] {
  const found: number[][] = works.map(() => []);
  for (let run = 0; run < runs; run++) works.forEach((work, i) => found[i]!.push(work()));
  return found.map(median);
}

const collect = (globalThis as { gc?: () => void }).gc ?? (() => {});

/** Bytes in use: objects of the heap and the buffers behind them. */
export function bytesInUse(): number {
  // Once for what is free now, once for what only that freed.
  collect();
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** What `make` keeps alive, in bytes, while `kept` is held. */
export function retained<T>(make: () => T): { bytes: number; kept: T } {
  const before = bytesInUse();
  const kept = make();
  return { bytes: bytesInUse() - before, kept };
}
