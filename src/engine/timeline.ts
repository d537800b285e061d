/**
 * The timeline: events, and the machine after any of them. Events are kept; machines are kept only
 * at checkpoints and rebuilt by folding at most `STRIDE` events, so that a step costs a word, and its
 * event where that is a new one. A fork shares everything before its point.
 */
import { apply, type Event, type EventKind, type Machine, NO_MACHINE } from "../machine/mod.ts";
import { Repeats } from "./repeats.ts";

/** Folding this many events takes well under a millisecond; a checkpoint costs a few kilobytes. */
const STRIDE = 512;

export class Timeline {
  readonly #parent: Timeline | undefined;
  /** Steps that belong to the parent. */
  readonly #base: number;
  readonly #events: Event[] = [];
  /** One for itself and all its forks. */
  readonly #repeats: Repeats;
  /** Runs of own steps that belong to one statement: the first of each, ascending, and whose they are. */
  readonly #firsts: number[] = [];
  readonly #statements: number[] = [];
  /** `#checkpoints[k]` is the machine after own event `k * STRIDE`; the first is the base machine. */
  readonly #checkpoints: Machine[];
  #machine: Machine;

  private constructor(parent: Timeline | undefined, base: number, machine: Machine) {
    this.#parent = parent;
    this.#repeats = parent === undefined ? new Repeats() : parent.#repeats;
    this.#base = base;
    this.#machine = machine;
    this.#checkpoints = [machine];
  }

  static empty(): Timeline {
    return new Timeline(undefined, 0, NO_MACHINE);
  }

  /** How many steps there are. Step numbers run from 1; state 0 is before any. */
  get length(): number {
    return this.#base + this.#events.length;
  }

  /** The machine after the last step. */
  get machine(): Machine {
    return this.#machine;
  }

  /** Adds a step. `statement` says which executed statement it belongs to. */
  append(event: Event, statement: number): Machine {
    this.#machine = apply(this.#machine, event);
    this.#events.push(this.#repeats.firstLike(tight(event)));
    if (this.#statements.at(-1) !== statement) {
      this.#firsts.push(this.length);
      this.#statements.push(statement);
    }
    if (this.#events.length % STRIDE === 0) this.#checkpoints.push(this.#machine);
    return this.#machine;
  }

  /** The event of step `step`, 1 … length. */
  eventAt(step: number): Event {
    const owner = this.#ownerOf(step);
    const event = owner.#events[step - owner.#base - 1];
    if (event === undefined) {
      throw new RangeError(`no step ${step} in a timeline of ${this.length}`);
    }
    return event;
  }

  /** Which executed statement made step `step`. */
  statementAt(step: number): number {
    const owner = this.#ownerOf(step);
    return owner.#statements[firstAbove(owner.#firsts, step) - 1]!;
  }

  /** The timeline in this one's ancestry that holds a step. A loop: a long session has many forks. */
  #ownerOf(step: number): Timeline {
    // deno-lint-ignore no-this-alias
    let owner: Timeline = this;
    while (step <= owner.#base && owner.#parent !== undefined) owner = owner.#parent;
    return owner;
  }

  /** The machine after step `step`, 0 … length. */
  stateAt(step: number): Machine {
    if (step === this.length) return this.#machine;
    if (step < this.#base) return this.#ownerOf(step + 1).stateAt(step);
    const own = step - this.#base;
    const checkpoint = Math.floor(own / STRIDE);
    const first = checkpoint * STRIDE;
    if (this.#folded?.first !== first) {
      this.#folded = { first, machines: [this.#checkpoints[checkpoint]!] };
    }
    const { machines } = this.#folded;
    for (let i = machines.length - 1; i < own - first; i++) {
      machines.push(apply(machines[i]!, this.#events[first + i]!));
    }
    return machines[own - first]!;
  }

  /** Machines after the checkpoint that was used last: who looks at one step looks at its neighbours. */
  #folded: { readonly first: number; readonly machines: Machine[] } | undefined;

  /** Events of steps `from + 1 … to` in order. */
  *events(from = 0, to = this.length): Generator<Event, void, void> {
    for (let step = from + 1; step <= to; step++) yield this.eventAt(step);
  }

  /** A timeline that is this one up to `step` and then goes its own way. */
  fork(step: number = this.length): Timeline {
    if (step < this.#base) return this.#ownerOf(step + 1).fork(step);
    // Nothing of it is here: the ancestors are as good, and the chain of them stays short.
    if (step === this.#base && this.#parent !== undefined) return this.#parent.fork(step);
    return new Timeline(this, step, this.stateAt(step));
  }

  /** Own steps of the kinds that somebody asked for, ascending, and how many events were looked at. */
  readonly #byKind = new Map<EventKind, { readonly steps: number[]; looked: number }>();

  /**
   * Steps whose events are of a kind, those in `(after, until]`, ascending. Costs what it gives and
   * two binary searches, once each event was looked at.
   */
  *stepsOf(kind: EventKind, after = 0, until = this.length): Generator<number, void, void> {
    if (this.#parent !== undefined && after < this.#base) {
      yield* this.#parent.stepsOf(kind, after, Math.min(until, this.#base));
    }
    const steps = this.#own(kind);
    for (let i = firstAbove(steps, after); i < steps.length && steps[i]! <= until; i++) {
      yield steps[i]!;
    }
  }

  /** The same, latest first: steps in `(after, until]`. */
  *stepsBackOf(kind: EventKind, until = this.length, after = 0): Generator<number, void, void> {
    const steps = this.#own(kind);
    for (let i = firstAbove(steps, until) - 1; i >= 0 && steps[i]! > after; i--) yield steps[i]!;
    if (this.#parent !== undefined && after < this.#base) {
      yield* this.#parent.stepsBackOf(kind, Math.min(until, this.#base), after);
    }
  }

  #own(kind: EventKind): readonly number[] {
    let found = this.#byKind.get(kind);
    if (found === undefined) this.#byKind.set(kind, found = { steps: [], looked: 0 });
    for (; found.looked < this.#events.length; found.looked++) {
      if (this.#events[found.looked]!.kind === kind) {
        found.steps.push(this.#base + found.looked + 1);
      }
    }
    return found.steps;
  }
}

/** Index of the first number above `limit` in an ascending list. */
function firstAbove(steps: readonly number[], limit: number): number {
  let low = 0;
  let high = steps.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Lists longer than this are made once in their size; shorter ones grew by pushing. */
const LONGEST_LOOSE = 64;

/**
 * The event with its frame lists in arrays of just their length. One that grew by `push` has room
 * for sixteen more numbers, which a long timeline would keep a hundred thousand times.
 */
function tight(event: Event): Event {
  if (!("frames" in event) || event.frames.length > LONGEST_LOOSE) return event;
  const frames = event.frames.slice();
  if (event.kind === "frames-written") return { ...event, frames, shifts: event.shifts.slice() };
  return { ...event, frames };
}
