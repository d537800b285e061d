/** Which operation of which world a sentence is. */
import { findShape, matchClause, type MatchedClause, withExpectations } from "../check/mod.ts";
import type { Diagnostic } from "../diagnostics/mod.ts";
import type { World } from "../machine/mod.ts";
import type { Sentence } from "../syntax/mod.ts";
import { complain, Complaint } from "./evaluate.ts";
import type { Executor } from "./executor.ts";

/** The sentence with the shape that the running world gives it. */
export function matchedOperation(
  executor: Executor,
  s: Sentence,
): { readonly world: World; readonly matched: MatchedClause } {
  const { world } = executor;
  if (world === undefined) {
    return complain(
      "KX0106",
      s.words[0]!.span,
      `\`${s.head}\` needs a system that runs`,
      "Boot one first: `boot linux 6.1 on MACHINE`",
    );
  }
  const problems: Diagnostic[] = [];
  const report = (d: Diagnostic): void => void problems.push(d);
  const shape = findShape(s, world.operations, `of ${world.title}`, report);
  const matched = shape && matchClause(s, withExpectations(shape), report);
  if (problems.length > 0) throw new Complaint(problems[0]!);
  return { world, matched: matched! };
}
