/** Boots and operations: a world's routine is pulled step by step, and its answer is judged. */
import {
  type ArgValue,
  hexBytes,
  type ImageSpec,
  type Machine,
  type Outcome,
  type World,
} from "../machine/mod.ts";
import type { Sentence } from "../syntax/mod.ts";
import { clauseOf } from "./arguments.ts";
import { bootOperation } from "./declare.ts";
import { complain } from "./evaluate.ts";
import type { Executor, Failing, Result, Strike, Tick } from "./executor.ts";
import { matchedOperation } from "./matched_operation.ts";
import { surroundings } from "./surroundings.ts";

/** What a script says an operation must give. */
interface Wanted {
  /** An errno, or `any`. */
  readonly fails?: string | undefined;
  readonly returns?: bigint | undefined;
  /** A refusal is as good as an answer. */
  readonly allowed: boolean;
}

export function* boot(
  executor: Executor,
  s: Sentence,
  index: number,
): Generator<Tick, Result, void> {
  const { world, spec, request, failsWith } = bootOperation(
    s,
    surroundings(executor, s.span),
    executor.options.worlds,
    executor.environment,
  );
  const operation = `boot ${world.name}`;
  yield* executor.append({ kind: "machine-powered", arch: "x86_64", ...spec }, index);
  yield* executor.append({ kind: "operation-began", operation }, index);
  const decision = world.boot(executor.machine, request, executor.context());
  const outcome = yield* executor.drive(decision, index);
  yield* executor.append({ kind: "operation-ended", operation, ret: outcome.ret }, index);
  return judged(executor, outcome, index, { fails: failsWith, allowed: false });
}

/** `failing`: what must fail in it; `strike`: what comes in between. */
export function* operate(
  executor: Executor,
  s: Sentence,
  index: number,
  options: { readonly allowed: boolean; readonly failing?: Failing; readonly strike?: Strike },
): Generator<Tick, Result, void> {
  const { world, matched } = matchedOperation(executor, s);
  const gone = whyGone(executor.machine.power);
  if (gone !== undefined && matched.shape.whenGone !== true) {
    return {
      failure: `nothing that was booted runs any more (${gone}): \`boot\` it again to go on`,
    };
  }
  const operation = clauseOf(matched, surroundings(executor, s.span));
  const { fails, returns, ...args } = operation.args;
  if (typeof args.hex === "string" && hexBytes(args.hex) === undefined) {
    complain("KX0405", s.span, "`hex` needs pairs of hex digits", 'Like `hex "90 90 c3"`');
  }
  askOfLoader(args.image, world, s);
  yield* executor.append({ kind: "operation-began", operation: s.head }, index);
  const decision = world.decide(
    executor.machine,
    { ...operation, args },
    executor.context(options.failing),
  );
  const outcome = yield* executor.drive(decision, index, options.strike);
  yield* executor.append({ kind: "operation-ended", operation: s.head, ret: outcome.ret }, index);
  return judged(executor, outcome, index, {
    fails: fails === true ? "any" : fails as string | undefined,
    returns: returns as bigint | undefined,
    allowed: options.allowed,
  });
}

/** An image may ask of its loader only what the one of this system does. */
function askOfLoader(image: ArgValue | undefined, world: World, s: Sentence): void {
  const asked = (image as ImageSpec | undefined)?.purgatory;
  if (asked === undefined) return;
  const { purgatories = [], coreHeader = false } = world.loader ?? {};
  if (!purgatories.includes(asked.kind)) {
    complain(
      "KX0210",
      s.span,
      `The image asks for \`purgatory ${asked.kind}\`, and no loader of ${world.title} adds that`,
      purgatories.length === 0
        ? "Leave it out of the image: what is to run first can be a `program` of a segment"
        : `There is \`purgatory ${purgatories.join("`, `")}\``,
    );
  }
  if (asked.coreHeaderAt !== undefined && !coreHeader) {
    complain(
      "KX0210",
      s.span,
      `The image asks for \`elfcorehdr\`: that of ${world.title} is not modelled`,
      "Leave it out, or give its bytes as a segment",
    );
  }
}

/** Why no system is there to answer; undefined while one is. */
function whyGone(power: Machine["power"]): string | undefined {
  switch (power) {
    case "off":
      return "the machine is off";
    case "rebooted":
      return "the machine was reset";
    case "halted":
      return "the machine stands still";
    case "new-image":
      return "an image has control";
    case "on":
    case "running":
    case "jumping":
      return undefined;
  }
}

function judged(executor: Executor, outcome: Outcome, index: number, wanted: Wanted): Result {
  executor.lastRet = outcome.ret;
  executor.lastOperation = index;
  const result: Result = { outcome };
  const { ret } = outcome;
  const refused = !/^-?(0x)?[0-9a-f]+$/.test(ret);
  if (wanted.fails !== undefined) {
    if (wanted.fails === "any" ? refused : ret === wanted.fails) return { ...result, held: true };
    const expected = wanted.fails === "any" ? "a refusal" : wanted.fails;
    return { ...result, failure: `expected ${expected}: it gave ${ret}` };
  }
  if (wanted.returns !== undefined) {
    if (!refused && BigInt(ret) === wanted.returns) return { ...result, held: true };
    return { ...result, failure: `expected ${wanted.returns}: it gave ${ret}` };
  }
  if (refused && !wanted.allowed) return { ...result, failure: `refused with ${ret}` };
  return result;
}
