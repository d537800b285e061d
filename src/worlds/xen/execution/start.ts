/**
 * The two ways in which Xen lets go: for good, on the first processor, and in a crash, on the
 * processor that crashed. [xen:machine_reboot_kexec] [xen:kexec_crash]
 *
 * Simplified: devices, interrupt controllers and the IOMMU are not modelled; their steps are told.
 */
import { type Decision, type Image, isAtLeast } from "../../../machine/mod.ts";
import { runImage, tellMismatches, tripleFault } from "../../../execution/mod.ts";
import { FLAG, flagsOf, SETTING } from "../state.ts";
import { emit, milestone, print, type Run } from "../steps.ts";
import { saveCpu, saveInfo, shootDown, stopOthers } from "./notes.ts";
import { runStored } from "../v1/exec_stored.ts";
import { meantBy } from "../v1/meant.ts";
import { relocate } from "./relocate.ts";

/** The image that has control, by name. */
export const RUNNING = "running image";
/** The processor that was first past the point of no return. [xen:one_cpu_only] */
export const CRASHING_CPU = "crashing_cpu";
/** The line that a message without an end left on the console. */
type Begun = string;

/** The default image. Its caller is paused for ever. [xen:kexec_reboot] */
export function* startDefault(run: Run, image: Image): Decision<void> {
  yield* oneCpuOnly(run, 0, "");
  yield* milestone(run, "watchdog off, console synchronous, ACPI tables put back", SHUTDOWN);
  yield* stopOthers(run, 0, "stopped, interrupts off");
  yield* milestone(run, "MSI, IO-APIC and HPET off, IOMMU quiet", "xen:smp_send_stop");
  yield* jump(run, image, 0, "default");
}

/** The crash image. [xen:kexec_crash] [xen:machine_kexec] */
export function* startCrash(run: Run, image: Image, cpu: number, begun: Begun): Decision<void> {
  const left = yield* oneCpuOnly(run, cpu, begun);
  yield* milestone(run, "watchdog off, console synchronous, ACPI tables put back", SHUTDOWN);
  yield* saveCpu(run, cpu);
  yield* shootDown(run, cpu);
  if (isAtLeast(run.features.version, 4, 3)) yield* print(run, `${left}Shot down all CPUs`);
  else if (left !== "") yield* print(run, left);
  yield* milestone(
    run,
    "IOMMU stopped, MSI, IO-APIC and HPET off",
    "xen:machine_crash_shutdown",
  );
  yield* saveInfo(run);
  yield* jump(run, image, cpu, "crash");
}

const SHUTDOWN = "xen:kexec_common_shutdown";

/**
 * From here on nothing can be loaded or unloaded any more: the point of no return. Before 4.4 it is
 * passed in silence: a line that was begun stays so.
 */
function* oneCpuOnly(run: Run, cpu: number, begun: Begun): Decision<Begun> {
  yield* emit(run, { kind: "setting-set", name: CRASHING_CPU, value: BigInt(cpu) });
  const value = flagsOf(run.machine) | FLAG.inProgress;
  yield* emit(run, { kind: "setting-set", name: SETTING.flags, value });
  if (!isAtLeast(run.features.version, 4, 4)) return begun;
  yield* print(run, `${begun}Executing kexec image on cpu${cpu}`);
  return "";
}

function* jump(run: Run, image: Image, cpu: number, slot: string): Decision<void> {
  const { features } = run;
  const levelled = slot === "crash" || features.resetsBeforeDefault;
  yield* emit(run, {
    kind: "power-changed",
    power: "jumping",
    why: `interrupts off, machine checks ignored${
      levelled ? ", CPUID levelling and CET undone" : ""
    }`,
  });
  const arrival = image.pageList === undefined
    ? yield* relocate(run, image, cpu)
    : yield* runStored(run, image, cpu);
  if (arrival === "gone") return;
  yield* tellMismatches(run, meantBy(run.machine, image));
  yield* emit(run, { kind: "setting-set", name: RUNNING, value: image.name });
  yield* emit(run, {
    kind: "power-changed",
    power: "new-image",
    why: `started ${slot} image ${image.name}`,
  });
  const done = yield* runImage(run, arrival);
  if (done === "gone" || done === "returned") return;
  yield* tripleFault(run, {
    cpu,
    exception: "invalid opcode",
    access: "execute",
    vaddr: arrival.departed.rip,
    doing: `return of image ${image.name}`,
    why: features.emptyIdt
      ? "nobody called it: what it took for a return address is whatever lay on the stack"
      : "behind the call stands an instruction that is none",
  });
}
