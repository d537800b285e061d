/** What is wrong with the line that is being typed, in a few words; nothing while it is only unfinished. */
import type { Session } from "../session/mod.ts";

export function wrongSoFar(_session: Session): string | undefined {
  return undefined;
}
