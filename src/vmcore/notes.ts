/** Notes of a core: registers of each processor, and the text of vmcoreinfo. */
import { CPU_NOTE_ROOM, CPU_NOTE_SIZE, cpuNote, elfNote, VMCOREINFO_NAME } from "../machine/mod.ts";
import type { CrashMoment } from "./moment.ts";

/** All notes, one after the other. */
export function notesOf(moment: CrashMoment): Uint8Array {
  const notes = moment.processors.map((cpu, i) =>
    moment.savedNotes?.subarray(i * CPU_NOTE_ROOM, i * CPU_NOTE_ROOM + CPU_NOTE_SIZE) ??
      cpuNote(cpu, i)
  );
  const info = moment.savedInfo ?? bootInfo(moment);
  if (info !== undefined) notes.push(info);
  const all = new Uint8Array(notes.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const bytes of notes) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}

/**
 * The note as it is from boot on: a kernel that starts no crash kernel adds no time of the crash to it.
 * [linux:crash_save_vmcoreinfo_init]
 */
function bootInfo({ machine }: CrashMoment): Uint8Array | undefined {
  const text = machine.system?.vmcoreinfo;
  if (text === undefined) return undefined;
  return elfNote(VMCOREINFO_NAME, 0, new TextEncoder().encode(text));
}
