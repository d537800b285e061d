/** `kx explain`: what a code means; without one, everything that has a page. */
import { closestTopic, explain, languageTopics, topics } from "../views/mod.ts";
import { type Call, type Command, EXIT, type Exit, type Model } from "./command.ts";
import { printProblem, worse } from "./scripts.ts";

export const command: Command = async (call) => {
  const model = await call.model();
  if (call.operands.length === 0) return list(call, model);
  let exit: Exit = EXIT.well;
  for (const [i, code] of call.operands.entries()) {
    if (i > 0) call.output.line();
    exit = worse(exit, explainOne(call, model, code));
  }
  return exit;
};

function explainOne({ output }: Call, model: Model, code: string): Exit {
  const { worlds, invariants } = model;
  const page = explain(code, worlds, invariants, output.width);
  if (page !== undefined) {
    output.line(page);
    return EXIT.well;
  }
  if (languageTopics(model).includes(code)) {
    return printProblem(output, {
      message: `\`${code}\` is a word of the language, and no rule, hazard or diagnostic`,
      hint: `\`kx help ${code}\` says what it does`,
    });
  }
  const meant = closestTopic(code, worlds, invariants);
  return printProblem(output, {
    message: `Nothing is called \`${code}\``,
    hint: meant === undefined
      ? "`kx explain` lists everything that can be explained"
      : `Did you mean \`${meant}\`?`,
  });
}

function list({ output }: Call, { worlds, invariants }: Model): Exit {
  const all = topics(worlds, invariants);
  const width = Math.max(...all.map((topic) => topic.code.length));
  let kind: string | undefined;
  for (const topic of all) {
    if (topic.kind !== kind) {
      output.line(kind === undefined ? `${topic.kind}:` : `\n${topic.kind}:`);
    }
    kind = topic.kind;
    output.line(`  ${topic.code.padEnd(width)}  ${topic.title}`);
  }
  return EXIT.well;
}
