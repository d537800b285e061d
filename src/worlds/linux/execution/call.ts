/**
 * `call IMAGE with ARGS`: using a preserved image as a function.
 *
 * In mainline `reboot(LINUX_REBOOT_CMD_KEXEC)` takes no arguments and gives back 0. Whoever wants to
 * hand over values writes them into the loaded image's own memory, which keeps its state from call to
 * call, and reads the answer there; kx does that for the caller and says so. In the proposal of 2007
 * the kernel passes them in registers and gives back the value of the image. [linux:kernel_kexec]
 */
import {
  type Clause,
  type Decision,
  type Image,
  imageIn,
  type ImageSpec,
  type Program,
  readWord,
  type Refusal,
} from "../../../machine/mod.ts";
import { KEXEC_LOCK } from "../kernel.ts";
import { check, emit, milestone, refuse, type Run } from "../steps.ts";
import type { SuspendStep } from "./suspend.ts";
import { loadedProgram, semanticsOf, startDefault, waitingAt } from "./start.ts";

const CITE = "linux:kernel_kexec";

export interface CallRequest {
  readonly image: string;
  readonly args: readonly bigint[];
  readonly at?: bigint;
  readonly failing?: SuspendStep;
}

/** What the caller sees where the image did not come back. */
export const NO_RETURN = "NORETURN";

export function* call(run: Run, request: CallRequest): Decision<string> {
  const image = imageIn(run.machine, "default");
  const semantics = semanticsOf(run);
  const loaded = image?.name === request.image ? image : undefined;
  const program = loaded === undefined ? undefined : loadedProgram(run, loaded);
  const refusal = (yield* check(
    run,
    "image-not-loaded",
    CITE,
    loaded === undefined ? notLoaded(request, image) : undefined,
  )) ??
    (yield* check(
      run,
      "call-without-preserve",
      CITE,
      loaded!.preserveContext ? undefined : oneWay(request),
    )) ??
    (yield* check(
      run,
      "entry-fixed-at-load",
      CITE,
      request.at !== undefined && semantics === "mainline" ? entryFixed() : undefined,
    )) ??
    (yield* check(
      run,
      "arguments-without-place",
      CITE,
      argumentsFit(request, program, semantics === "mainline"),
    ));
  if (refusal !== undefined) return yield* refuse(run, refusal);
  const target = loaded!;
  if (semantics === "mainline" && program !== undefined) {
    yield* handOver(run, target, program, request.args);
  }
  yield* emit(run, { kind: "lock-taken", lock: KEXEC_LOCK });
  const stay = yield* startDefault(run, target, {
    cpu: 0,
    args: semantics === "mainline" ? [] : request.args,
    changed: semantics === "mainline" && request.args.length > 0,
    ...(request.at === undefined ? {} : { entry: request.at }),
    ...(request.failing === undefined ? {} : { failing: request.failing }),
  });
  if (stay.kind === "gone") return NO_RETURN;
  yield* emit(run, { kind: "lock-released", lock: KEXEC_LOCK });
  if (stay.kind === "refused") return yield* refuse(run, stay.refusal);
  if (semantics === "proposal_2007") return String(stay.value);
  if (program === undefined || program.isStage === true) return "0";
  const at = waitingAt(run, target, target.entryPoint + BigInt(program.resultOffset));
  run.note = "reboot(2) gave 0; the value was read from the image's memory";
  return at === undefined ? "0" : String(readWord(run.machine, at));
}

function* handOver(
  run: Run,
  image: Image,
  program: Program,
  args: readonly bigint[],
): Decision<void> {
  if (args.length === 0) return;
  yield* milestone(
    run,
    "mainline passes no arguments: the caller writes them into the loaded image",
    CITE,
  );
  for (const [i, value] of args.entries()) {
    const at = waitingAt(run, image, image.entryPoint + BigInt(program.argumentOffsets[i]!));
    if (at === undefined) continue;
    yield* emit(run, {
      kind: "bytes-stored",
      cpu: 0,
      at,
      bytes: new Uint8Array(new BigUint64Array([value]).buffer),
      what: `argument ${program.params[i]} of program ${program.name}, by its caller`,
    });
  }
}

function notLoaded(request: CallRequest, image: Image | undefined): Refusal {
  return {
    rule: "image-not-loaded",
    errno: "EINVAL",
    nature: "state",
    message: image === undefined
      ? "no default image is loaded; a crash image does not count"
      : `the default image is ${image.name}, not ${request.image}`,
    remedy: `\`load ${request.image}\` first`,
    cite: CITE,
  };
}

function oneWay(request: CallRequest): Refusal {
  return {
    rule: "call-without-preserve",
    errno: "EINVAL",
    nature: "arguments",
    message:
      `image ${request.image} was loaded without KEXEC_PRESERVE_CONTEXT: nobody could come back`,
    remedy: `\`image ${request.image} : default preserve { … }\`, or \`exec\``,
    cite: CITE,
  };
}

function entryFixed(): Refusal {
  return {
    rule: "entry-fixed-at-load",
    errno: "EINVAL",
    nature: "arguments",
    message: "mainline has no way to choose the entry point of a call: it is given when loading",
    remedy: "`boot linux … { jump_semantics proposal_2007 }`",
    cite: CITE,
  };
}

/** Registers hold six; memory as many as the program has places for. */
function argumentsFit(
  request: CallRequest,
  program: Program | undefined,
  inMemory: boolean,
): Refusal | undefined {
  const { length } = request.args;
  if (length === 0) return undefined;
  const most = inMemory ? program?.params.length ?? 0 : 6;
  if (length <= most) return undefined;
  return {
    rule: "arguments-without-place",
    errno: "EINVAL",
    nature: "arguments",
    message: program === undefined && inMemory
      ? `image ${request.image} runs no program that kx knows: ${length} arguments have no place in its memory`
      : `${length} arguments where there is room for ${most}`,
    remedy: inMemory ? "A program with as many parameters" : "At most 6 arguments",
    cite: CITE,
  };
}

/** `call IMAGE with A, B at ADDRESS` */
export function callRequest({ args }: Clause): CallRequest {
  const image = args.image as ImageSpec;
  const values = Array.isArray(args.with) ? args.with as readonly bigint[] : [];
  return {
    image: image.name,
    args: values,
    ...(typeof args.at === "bigint" ? { at: args.at } : {}),
    ...failingOf(args),
  };
}

/** `… suspend_fails STEP` */
export function failingOf(args: Clause["args"]): { failing?: SuspendStep } {
  return typeof args.suspend_fails === "string"
    ? { failing: args.suspend_fails as SuspendStep }
    : {};
}
