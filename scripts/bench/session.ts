/** The live session on a long timeline: what a person waits for between two keys. */
import {
  type Action,
  branchOf,
  machineAt,
  provenanceOf,
  reduce,
  type Session,
} from "../../src/session/mod.ts";
import { Lab, REPLACEMENT } from "../../test/session_lab.ts";
import { atMost, median, type Row, timed } from "./measure.ts";

const STEPS = 1_000_000;
const LOOKS = 2000;

export function bench(): Promise<Row[]> {
  const lab = new Lab();
  lab.type(...REPLACEMENT);
  const once = stepsOf(lab, 10) / 10;
  const time = timed(() => stepsOf(lab, Math.ceil(STEPS / once)));
  const length = branchOf(lab.session).length;
  let session = reduce(lab.session, { kind: "go-to", step: length >> 1 });
  const moves = (action: Action): number[] =>
    Array.from({ length: LOOKS }, () =>
      timed(() => {
        session = reduce(session, action);
        machineAt(session);
      }));
  const back = moves({ kind: "move", how: "step", back: true });
  const over = moves({ kind: "move", how: "over", back: true });
  const event = moves({ kind: "to-event", event: "slot-set" });
  const why = Array.from({ length: 20 }, () => timed(() => whoWrote(session)));
  return Promise.resolve([
    { what: `steps of a session (${STEPS} wanted)`, value: length, unit: "steps" },
    { what: "  to run them, each", value: (time / length) * 1000, unit: "µs" },
    { what: "  one event back, with its machine, median", value: median(back), unit: "ms" },
    { what: "  one event back, 99 of 100", value: most(back), unit: "ms", aim: atMost(1) },
    { what: "  one statement back, median", value: median(over), unit: "ms", aim: atMost(1) },
    { what: "  next event of a kind, median", value: median(event), unit: "ms", aim: atMost(1) },
    { what: "  who wrote a page, median", value: median(why), unit: "ms", aim: atMost(16) },
  ]);
}

/** Slower than this is one in a hundred: the garbage collector has its turn in some. */
function most(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!;
}

/** Runs a loop of loads, and gives how many steps it made. */
function stepsOf(lab: Lab, times: number): number {
  const before = branchOf(lab.session).length;
  lab.type(`for i in 0 .. ${times} { unload crash\nload old }`);
  return branchOf(lab.session).length - before;
}

function whoWrote(session: Session): void {
  provenanceOf(branchOf(session), machineAt(session), 0x1b00_0000);
}
