/** Names and what they stand for. Immutable, so that a branch of the timeline keeps its own. */
import type { ImageSpec, Program } from "../machine/mod.ts";
import type { FirmwareRegion, Resource } from "../memory/mod.ts";
import type { AllocationPolicy } from "../machine/mod.ts";
import type { Def } from "../syntax/mod.ts";
import type { Scope } from "./evaluate.ts";
import type { Value } from "./values.ts";

/** A machine as a script describes it. */
export interface MachineSpec {
  readonly name: string;
  readonly cpus: number;
  readonly firmware: readonly FirmwareRegion[];
  readonly resources: readonly Resource[];
  readonly policy: AllocationPolicy;
}

export class Variables implements Scope {
  readonly #values: ReadonlyMap<string, Value>;
  readonly #outer: Variables | undefined;

  constructor(values: ReadonlyMap<string, Value> = new Map(), outer?: Variables) {
    this.#values = values;
    this.#outer = outer;
  }

  lookup(name: string): Value | undefined {
    return this.#values.get(name) ?? this.#outer?.lookup(name);
  }

  names(): string[] {
    return [...this.#values.keys(), ...(this.#outer?.names() ?? [])];
  }

  /** With one more name in the innermost scope. */
  bind(name: string, value: Value): Variables {
    return new Variables(new Map(this.#values).set(name, value), this.#outer);
  }

  inner(values: ReadonlyMap<string, Value> = new Map()): Variables {
    return new Variables(values, this);
  }
}

export interface Environment {
  readonly machines: ReadonlyMap<string, MachineSpec>;
  readonly images: ReadonlyMap<string, ImageSpec>;
  readonly defs: ReadonlyMap<string, Def>;
  readonly programs: ReadonlyMap<string, Program>;
  readonly variables: Variables;
}

export const EMPTY_ENVIRONMENT: Environment = {
  machines: new Map(),
  images: new Map(),
  defs: new Map(),
  programs: new Map(),
  variables: new Variables(),
};
