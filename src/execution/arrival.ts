/** A processor that has left one kernel and is at the first instruction of an image. */
import type { Cpu, Decision, Image } from "../machine/mod.ts";
import { emit, type Run } from "../routine/mod.ts";
import type { Space } from "./address_space.ts";

/** A processor at the first instruction of an image. */
export interface Arrival {
  readonly image: Image;
  readonly cpu: number;
  /** As it was before the jump. */
  readonly departed: Cpu;
  readonly space: Space;
  /** Where a preserving image returns to; undefined: nowhere. */
  readonly jumpBack: bigint | undefined;
  /** Where a program finds its arguments and leaves its result. */
  readonly calling: "registers" | "memory";
}

export function* changeCpu(
  run: Run,
  cpu: number,
  changes: Partial<Cpu>,
  what: string,
): Decision<void> {
  yield* emit(run, { kind: "cpu-changed", cpus: [cpu, cpu + 1], changes, what });
}
