/** From a sentence to the routine that does it. */
import type {
  ArgValue,
  Clause,
  Context,
  Decision,
  ImageSpec,
  Machine,
  Outcome,
  Slot,
} from "../../machine/mod.ts";
import { callOfClauses, callOfImage, unloadCall } from "./arguments.ts";
import { writeCrashSize } from "./crash_size.ts";
import { execute, panic } from "./execute.ts";
import { call, callRequest, failingOf } from "./execution/call.ts";
import { fileCallOfClauses, fileCallOfImage, unloadFileCall } from "./file_arguments.ts";
import { kexecFileLoad } from "./file_load.ts";
import { kernelFeatures, KEXEC_LOCK } from "./kernel.ts";
import { kexecLoad } from "./load.ts";
import { withPurgatory } from "./purgatory.ts";
import { processorOf } from "../../routine/mod.ts";
import { check, emit, refuse, type Run, startRun } from "./steps.ts";
import { needsRoot, writeSysctl } from "./sysctl.ts";

const CPUS = "linux:migrate_to_reboot_cpu";

const CRASH_SIZE_PATHS = ["/sys/kernel/kexec_crash_size", "/sys/kernel/kexec/crash_size"];

export function* decide(machine: Machine, operation: Clause, context: Context): Decision<Outcome> {
  const run = startRun(machine, context, kernelFeatures(machine));
  const ret = yield* routineOf(run, operation);
  return run.note === undefined ? { ret } : { ret, note: run.note };
}

function routineOf(run: Run, operation: Clause): Decision<string> {
  const { head, args } = operation;
  const asRoot = args.as !== "nonroot";
  const compat = args.via === "compat";
  switch (head) {
    case "load":
      return load(run, args, asRoot);
    case "unload": {
      const slot: Slot = args.slot === "crash" ? "crash" : "default";
      return args.via === "kexec_file_load"
        ? kexecFileLoad(run, unloadFileCall(slot, asRoot))
        : kexecLoad(run, unloadCall(slot, compat, asRoot));
    }
    case "kexec_load":
    case "compat_kexec_load":
      return kexecLoad(run, callOfClauses(operation, head === "compat_kexec_load", asRoot));
    case "kexec_file_load":
      return kexecFileLoad(run, fileCallOfClauses(operation, asRoot));
    case "exec":
      return onCpu(run, args.cpu, (cpu) => execute(run, { asRoot, cpu, ...failingOf(args) }));
    case "panic": {
      const text = typeof args.text === "string" ? args.text : "kx";
      return onCpu(run, args.cpu, (cpu) => panic(run, text, cpu));
    }
    case "call":
      return call(run, callRequest(operation));
    case "shrink":
      return writeFile(run, CRASH_SIZE_PATHS[0]!, String(args.size), asRoot);
    case "write":
      return writeFile(run, String(args.path), String(args.text), asRoot);
    case "sysctl":
      return writeSysctl(run, String(args.name), String(args.value), asRoot);
    case "hold":
      return setLock(run, true);
    case "release":
      return setLock(run, false);
    default:
      throw new Error(`the Linux world has no operation \`${head}\``);
  }
}

function* load(run: Run, args: Clause["args"], asRoot: boolean): Decision<string> {
  const prepared = yield* withPurgatory(run, args.image as ImageSpec);
  if ("rule" in prepared) return yield* refuse(run, prepared);
  const { image, laid } = prepared;
  const isFile = args.via === "kexec_file_load" ||
    (args.via === undefined && image.flags.includes("file"));
  const more = laid === undefined ? {} : { laid };
  return yield* isFile
    ? kexecFileLoad(run, { ...fileCallOfImage(image, asRoot), ...more })
    : kexecLoad(run, { ...callOfImage(image, args.via === "compat", asRoot), ...more });
}

/** What the processor does that a sentence names, if there is one. */
function* onCpu(
  run: Run,
  named: ArgValue | undefined,
  routine: (cpu: number) => Decision<string>,
): Decision<string> {
  // A machine that nothing was booted on shows none; it has a first one all the same.
  const cpu = processorOf(Math.max(1, run.machine.processors.length), named, CPUS);
  if (typeof cpu === "number") return yield* routine(cpu);
  yield* check(run, "no-such-processor", CPUS, cpu);
  return yield* refuse(run, cpu);
}

function* writeFile(run: Run, path: string, text: string, asRoot: boolean): Decision<string> {
  if (path.startsWith("/proc/sys/")) {
    return yield* writeSysctl(run, path.slice("/proc/sys/".length), text, asRoot);
  }
  const known = CRASH_SIZE_PATHS.includes(path);
  const refusal = (yield* check(
    run,
    "unknown-file",
    "linux:kexec_crash_size_store",
    known ? undefined : {
      rule: "unknown-file",
      errno: "ENOENT",
      nature: "arguments",
      message: `${path} is no file that kx models, or none that can be written`,
      remedy: CRASH_SIZE_PATHS[0]!,
      cite: "linux:kexec_crash_size_store",
    },
  )) ?? (yield* check(
    run,
    "file-needs-root",
    "linux:kexec_crash_size_store",
    asRoot ? undefined : { ...needsRoot(path), cite: "linux:kexec_crash_size_store" },
  ));
  if (refusal !== undefined) return yield* refuse(run, refusal);
  return yield* writeCrashSize(run, text);
}

function* setLock(run: Run, taken: boolean): Decision<string> {
  yield* emit(run, { kind: taken ? "lock-taken" : "lock-released", lock: KEXEC_LOCK });
  return "0";
}
