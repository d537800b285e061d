/**
 * What a folder of this world adds to it. A part's routines are found by the head of their sentence, its ways to load by the word
 * after `via`, its sub-operations of the hypercall by their name.
 */
import type {
  BootRequest,
  Clause,
  ClauseShape,
  Decision,
  HazardText,
  ImageSpec,
  QueryShape,
  RuleText,
  Slot,
} from "../../machine/mod.ts";
import type { SubOpName } from "./abi/mod.ts";
import type { Guest } from "./guest.ts";
import type { Run } from "./steps.ts";

export type Routine = (run: Run, operation: Clause) => Decision<string>;

/** A way by which `load IMAGE via WORD` goes. */
export interface LoadRoute {
  readonly word: string;
  readonly summary: string;
  load(run: Run, image: ImageSpec, operation: Clause): Decision<string>;
  /** `unload SLOT via WORD` and `exec SLOT via WORD`, where they are not the plain hypercall. */
  unload?(run: Run, slot: Slot): Decision<string>;
  exec?(run: Run, slot: Slot): Decision<string>;
}

/** The body of one sub-operation: `arg` is the guest's pointer. Gives 0, an errno name or a number. */
export type SubOperation = (run: Run, guest: Guest, arg: bigint) => Decision<string>;

export interface Part {
  readonly subOperations?: Readonly<Partial<Record<SubOpName, SubOperation>>>;
  readonly bootClauses?: readonly ClauseShape[];
  /** Called by `boot` once Xen, its modules and the crash region have their memory. */
  readonly boot?: (run: Run, request: BootRequest) => Decision<void>;
  readonly operations?: readonly ClauseShape[];
  readonly routines?: Readonly<Record<string, Routine>>;
  readonly routes?: readonly LoadRoute[];
  readonly queries?: readonly QueryShape[];
  readonly rules?: readonly RuleText[];
  readonly hazards?: readonly HazardText[];
}
