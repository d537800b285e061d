/**
 * The timeline: events, and the machine after any of them. Events are kept; machines are kept only
 * at checkpoints and rebuilt by folding at most `STRIDE` events, so that a step costs its event and
 * two words. A fork shares everything before its point.
 */
import { apply, type Event, type Machine, NO_MACHINE } from "../machine/mod.ts";

/** Folding this many events takes well under a millisecond; a checkpoint costs a few kilobytes. */
const STRIDE = 512;

export class Timeline {
  readonly #parent: Timeline | undefined;
  /** Steps that belong to the parent. */
  readonly #base: number;
  readonly #events: Event[] = [];
  readonly #statements: number[] = [];
  /** `#checkpoints[k]` is the machine after own event `k * STRIDE`; the first is the base machine. */
  readonly #checkpoints: Machine[];
  #machine: Machine;

  private constructor(parent: Timeline | undefined, base: number, machine: Machine) {
    this.#parent = parent;
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
    this.#events.push(tight(event));
    this.#statements.push(statement);
    if (this.#events.length % STRIDE === 0) this.#checkpoints.push(this.#machine);
    return this.#machine;
  }

  /** The event of step `step`, 1 … length. */
  eventAt(step: number): Event {
    if (step <= this.#base) return this.#parent!.eventAt(step);
    const event = this.#events[step - this.#base - 1];
    if (event === undefined) {
      throw new RangeError(`no step ${step} in a timeline of ${this.length}`);
    }
    return event;
  }

  /** Which executed statement made step `step`. */
  statementAt(step: number): number {
    if (step <= this.#base) return this.#parent!.statementAt(step);
    return this.#statements[step - this.#base - 1]!;
  }

  /** The machine after step `step`, 0 … length. */
  stateAt(step: number): Machine {
    if (step === this.length) return this.#machine;
    if (step < this.#base) return this.#parent!.stateAt(step);
    const own = step - this.#base;
    const checkpoint = Math.floor(own / STRIDE);
    let machine = this.#checkpoints[checkpoint]!;
    for (let i = checkpoint * STRIDE; i < own; i++) machine = apply(machine, this.#events[i]!);
    return machine;
  }

  /** Events of steps `from + 1 … to` in order. */
  *events(from = 0, to = this.length): Generator<Event, void, void> {
    for (let step = from + 1; step <= to; step++) yield this.eventAt(step);
  }

  /** A timeline that is this one up to `step` and then goes its own way. */
  fork(step: number = this.length): Timeline {
    if (step < this.#base) return this.#parent!.fork(step);
    return new Timeline(this, step, this.stateAt(step));
  }
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
