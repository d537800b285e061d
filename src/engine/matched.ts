/** A sentence matched with its shape, for whoever needs it to be right. */
import { matchClause, type MatchedClause, type Report } from "../check/mod.ts";
import type { Diagnostic } from "../diagnostics/mod.ts";
import type { Sentence } from "../syntax/mod.ts";
import { Complaint } from "./evaluate.ts";

/** Complains of the first thing that is wrong with it. */
export function matched(
  sentence: Sentence,
  shape: Parameters<typeof matchClause>[1],
): MatchedClause {
  const problems: Diagnostic[] = [];
  const report: Report = (d) => void problems.push(d);
  const clause = matchClause(sentence, shape, report);
  if (problems.length > 0) throw new Complaint(problems[0]!);
  return clause;
}
