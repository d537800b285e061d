/** A second timeline beside the first: what happened on it as far after the fork as the cursor is. */
import { type Branch, branchOf, type Place, type Session } from "../../session/mod.ts";
import type { Scene } from "../scene.ts";
import { line, type StyledLine } from "../styled.ts";
import { drawTranscript } from "./transcript.ts";

/** The branch that was left last, or the parent, or any other. */
export function otherBranch(session: Session): Branch | undefined {
  const here = session.cursor.branch;
  const wanted = [session.previous, branchOf(session).parent?.branch];
  const id = wanted.find((id) => id !== undefined && id !== here && id < session.branches.length);
  return session.branches[id ?? session.branches.findIndex((branch) => branch.id !== here)];
}

export function otherTitle(session: Session): string {
  const other = otherBranch(session);
  return other === undefined ? "no other branch" : `branch ${other.id}, events`;
}

export function drawOther(scene: Scene, width: number, height: number): StyledLine[] {
  const other = otherBranch(scene.session);
  if (other === undefined) return [line("Type a statement in the past for one.", "dim")];
  return drawTranscript(scene, other, placeOn(other, scene.session), width, height, 0);
}

/** As many steps as the cursor has, as far as the branch goes. */
function placeOn({ entries, length }: Branch, { cursor }: Session): Place {
  const step = Math.min(cursor.step, length);
  let low = 0;
  let high = entries.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (entries[middle]!.to >= step) high = middle;
    else low = middle + 1;
  }
  return { entry: entries.length === 0 ? -1 : low, step };
}
