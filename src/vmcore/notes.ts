/** Notes of a core: registers of each processor, and the text of vmcoreinfo. */
import {
  CPU_NOTE_ROOM,
  CPU_NOTE_SIZE,
  cpuNote,
  elfNote,
  imageIn,
  readMemory,
} from "../machine/mod.ts";
import { PAGE_SIZE } from "../memory/mod.ts";
import type { CrashMoment } from "./moment.ts";

const NT_VMCOREINFO = 0;

/** All notes, one after the other. */
export function notesOf(moment: CrashMoment): Uint8Array {
  const notes = moment.processors.map((cpu, i) =>
    moment.savedNotes?.subarray(i * CPU_NOTE_ROOM, i * CPU_NOTE_ROOM + CPU_NOTE_SIZE) ??
      cpuNote(cpu, i)
  );
  const text = vmcoreinfo(moment);
  if (text !== undefined) notes.push(elfNote("VMCOREINFO", NT_VMCOREINFO, text));
  const all = new Uint8Array(notes.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const bytes of notes) {
    all.set(bytes, at);
    at += bytes.length;
  }
  return all;
}

/** The text in the page that the crash image keeps; undefined if there is none. */
function vmcoreinfo({ machine }: CrashMoment): Uint8Array | undefined {
  const frame = imageIn(machine, "crash")?.vmcoreinfoFrame;
  if (frame === undefined) return undefined;
  const page = readMemory(machine, frame * PAGE_SIZE, PAGE_SIZE);
  const end = page.indexOf(0);
  return end === -1 ? page : page.subarray(0, end);
}
