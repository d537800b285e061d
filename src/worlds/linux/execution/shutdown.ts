/**
 * What a kernel does before it lets go: for a reboot into another kernel, and in a panic. What it does
 * for an image that may come back is in suspend.ts. [linux:kernel_kexec] [linux:__crash_kexec]
 *
 * Simplified: devices, interrupt controllers and tasks are not modelled; their steps are told.
 */
import {
  type Cpu,
  CPU_NOTE_ROOM,
  cpuNote,
  type Decision,
  elfNote,
  imageIn,
  readMemory,
  VMCOREINFO_NAME,
} from "../../../machine/mod.ts";
import { PAGE_SIZE } from "../../../memory/mod.ts";
import { emit, milestone, print, type Run } from "../steps.ts";

/** For good. Ends on the boot processor, whoever called. */
export function* prepareReboot(run: Run, caller: number): Decision<number> {
  yield* milestone(
    run,
    "reboot notifiers called and devices shut down",
    "linux:kernel_restart_prepare",
  );
  yield* milestone(
    run,
    caller === 0
      ? "on the boot processor already"
      : `moved from processor ${caller} to the boot processor`,
    "linux:migrate_to_reboot_cpu",
  );
  yield* milestone(run, "system core shut down", "linux:syscore_shutdown");
  yield* print(run, "kexec_core: Starting new kernel");
  yield* setOthers(
    run,
    0,
    { state: "stopped", rflags: 2n },
    "stopped by a message, interrupts off",
  );
  yield* milestone(run, "interrupt controllers, HPET and IOMMU off", "linux:machine_shutdown");
  return 0;
}

/** [linux:machine_crash_shutdown] */
export function* crashShutdown(run: Run, cpu: number): Decision<void> {
  yield* milestone(run, "registers of the panic kept", "linux:__crash_kexec");
  yield* saveVmcoreinfo(run);
  yield* setOthers(run, cpu, { state: "stopped", rflags: 2n }, "stopped by an NMI, notes saved");
  yield* saveNotes(run);
  yield* milestone(
    run,
    "virtualization off, interrupt controllers and HPET shut down",
    "linux:machine_crash_shutdown",
  );
}

/** Bytes of vmcoreinfo's note buffer. */
const VMCOREINFO_NOTE = 0x1024;

/** Where the notes lie: where the core header says. */
export function notesAt(machine: Run["machine"]): number | undefined {
  const kernel = [...machine.reservations].filter(([name]) => name.startsWith("Kernel "))
    .map(([, range]) => range.end);
  if (kernel.length === 0) return undefined;
  const end = Math.max(...kernel);
  return end - VMCOREINFO_NOTE - machine.cpus * CPU_NOTE_ROOM;
}

/**
 * The note is built from the copy in the crash region, since the text elsewhere may be damaged. The
 * time of the crash is added; kx has no clock, so it is 0. [linux:crash_save_vmcoreinfo]
 */
function* saveVmcoreinfo(run: Run): Decision<void> {
  const { machine } = run;
  const frame = imageIn(machine, "crash")?.vmcoreinfoFrame;
  const notes = notesAt(machine);
  if (frame === undefined || notes === undefined) return;
  const page = readMemory(machine, frame * PAGE_SIZE, PAGE_SIZE);
  const end = page.indexOf(0);
  const time = new TextEncoder().encode("CRASHTIME=0\n");
  const length = Math.min(end === -1 ? PAGE_SIZE : end, PAGE_SIZE - time.length);
  const text = new Uint8Array(length + time.length);
  text.set(page.subarray(0, length));
  text.set(time, length);
  yield* emit(run, {
    kind: "bytes-written",
    at: notes + machine.cpus * CPU_NOTE_ROOM,
    bytes: elfNote(VMCOREINFO_NAME, 0, text),
    what: "note of vmcoreinfo, CRASHTIME added",
  });
}

/** One PRSTATUS note for each processor, as readers of a dump expect it. [linux:crash_save_cpu] */
function* saveNotes(run: Run): Decision<void> {
  const { machine } = run;
  const at = notesAt(machine);
  if (at === undefined) return;
  const bytes = new Uint8Array(machine.cpus * CPU_NOTE_ROOM);
  for (const [i, cpu] of machine.processors.entries()) {
    bytes.set(cpuNote(cpu, i), i * CPU_NOTE_ROOM);
  }
  yield* emit(run, { kind: "bytes-written", at, bytes, what: "register notes of all processors" });
}

/** All processors but one. */
export function* setOthers(
  run: Run,
  except: number,
  changes: Partial<Cpu>,
  what: string,
): Decision<void> {
  const { length } = run.machine.processors;
  const cpus: number[] = [];
  if (except > 0) cpus.push(0, except);
  if (except + 1 < length) cpus.push(except + 1, length);
  if (cpus.length > 0) yield* emit(run, { kind: "cpu-changed", cpus, changes, what });
}
