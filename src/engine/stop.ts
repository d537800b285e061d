/** Ends of a run that no statement asked for. */
import type { Span } from "../text/mod.ts";
import { Complaint } from "./evaluate.ts";

/** kx itself is inconsistent: which law broke, at which step. */
export class KxBug extends Error {
  readonly step: number;
  constructor(law: string, step: number) {
    super(`${law} (step ${step})`);
    this.step = step;
  }
}

/** A limit was reached: nothing more of this script is run. */
export class Stop extends Complaint {}

export function stop(span: Span, message: string): Stop {
  return new Stop({ code: "KX0610", severity: "error", message, span });
}
