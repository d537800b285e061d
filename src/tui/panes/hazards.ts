/** Everything on this timeline that the real system lets happen though it should not. */
import { wrapWords } from "../../text/mod.ts";
import { firstAbove, hazardSteps, type Scene } from "../scene.ts";
import { line, padLeft, piece, type StyledLine } from "../styled.ts";
import type { PaneView } from "./pane.ts";

export const hazardsPane: PaneView = {
  pane: "hazards",
  about: ({ branch }) => {
    const { length } = hazardSteps(branch.executor.timeline, branch.length);
    return length === 0 ? "" : String(length);
  },
  draw: drawHazards,
};

/** Only those that are seen are read. Those ahead of the cursor are dim. */
function drawHazards(
  scene: Scene,
  width: number,
  height: number,
  scroll: number,
): StyledLine[] {
  const { branch, step } = scene;
  const { timeline } = branch.executor;
  const steps = hazardSteps(timeline, branch.length);
  if (steps.length === 0) {
    return [line("None so far.", "dim")];
  }
  const wanted = scroll > 0 ? scroll - 1 : firstHazard(scene, height);
  const first = Math.min(wanted, steps.length - 1);
  const lines: StyledLine[] = first > 0 ? [line(`… ${first} before`, "dim")] : [];
  const digits = String(steps.at(-1)).length;
  for (let i = first; i < steps.length && lines.length < height; i++) {
    const at = steps[i]!;
    const event = timeline.eventAt(at);
    if (event.kind !== "hazard-found") continue;
    const { code, message, cite } = event.hazard;
    const ahead = at > step;
    lines.push([
      piece(at === step ? "▶" : "!", at === step ? "current" : ahead ? "dim" : "warn"),
      piece(` ${padLeft(String(at), digits)}  `, "dim"),
      piece(code, ahead ? "dim" : "warn"),
    ]);
    for (const text of wrapWords(message, width - digits - 4)) {
      lines.push(line(`${" ".repeat(digits + 4)}${text}`, ahead ? "dim" : "plain"));
    }
    lines.push(line(`${" ".repeat(digits + 4)}${cite}`, "comment"));
  }
  return lines.slice(0, height);
}

/** The first hazard that is shown while the pane follows the cursor: those just behind are in sight. */
export function firstHazard({ branch, step }: Scene, height: number): number {
  const steps = hazardSteps(branch.executor.timeline, branch.length);
  return Math.max(0, firstAbove(steps, step) - Math.max(1, Math.floor(height / 6)));
}
