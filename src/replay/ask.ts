/** Asks a world's queries, as a script would. */
import type { Answer, ArgValue, Machine, QueryShape, World } from "../machine/mod.ts";

const shapes = new WeakMap<World, Map<string, QueryShape>>();

/** `phrase` are the fixed words of the query. Throws if the world has no such query: a bug of kx. */
export function ask(
  world: World,
  machine: Machine,
  phrase: string,
  args: Readonly<Record<string, ArgValue>> = {},
): Answer {
  let known = shapes.get(world);
  if (known === undefined) {
    known = new Map(world.queries.map((q) => [
      q.pattern.filter((item) => typeof item === "string").join(" "),
      q,
    ]));
    shapes.set(world, known);
  }
  const query = known.get(phrase);
  if (query === undefined) throw new Error(`world ${world.name} has no query \`${phrase}\``);
  return query.answer(machine, args);
}

export function integerAnswer(answer: Answer): bigint | undefined {
  return answer.kind === "integer" ? answer.value : undefined;
}

export function textAnswer(answer: Answer): string {
  return answer.kind === "text" || answer.kind === "word" ? answer.value : "";
}

export function listAnswer(answer: Answer): readonly Answer[] {
  return answer.kind === "list" ? answer.items : [];
}

export function rangeAnswer(answer: Answer): { start: bigint; end: bigint } | undefined {
  return answer.kind === "range" ? { start: answer.start, end: answer.end } : undefined;
}
