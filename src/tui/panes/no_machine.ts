/** What panes that look at a machine show before there is one. */
import { noMachineLine } from "../../session/mod.ts";
import { wrapWords } from "../../text/mod.ts";
import type { Scene } from "../scene.ts";
import { line, type StyledLine } from "../styled.ts";

export function noMachine({ session }: Scene, width: number): StyledLine[] {
  return wrapWords(noMachineLine(session), width).map((row) => line(row, "dim"));
}
