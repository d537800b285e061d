/** Notes of a core: registers of each processor, and the text of vmcoreinfo. */
import { CPU_NOTE_ROOM, CPU_NOTE_SIZE, cpuNote } from "../machine/mod.ts";
import type { CrashMoment } from "./moment.ts";

/** All notes, one after the other. */
export function notesOf(moment: CrashMoment): Uint8Array {
  const notes = moment.processors.map((cpu, i) =>
    moment.savedNotes?.subarray(i * CPU_NOTE_ROOM, i * CPU_NOTE_ROOM + CPU_NOTE_SIZE) ??
      cpuNote(cpu, i)
  );
  if (moment.savedInfo !== undefined) notes.push(moment.savedInfo);
  const all = new Uint8Array(notes.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const bytes of notes) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}
