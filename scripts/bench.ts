/**
 * `deno task bench [SUBJECT …]`: what kx costs. Numbers of a noisy machine mean little by themselves, so
 * each subject measures what it is compared with in the same run, and gives medians.
 */
import type { Chore } from "./main.ts";
import type { Row, Subject } from "./bench/measure.ts";

const SUBJECTS: readonly Subject[] = [
  { name: "start", load: () => import("./bench/start.ts") },
  { name: "ram", load: () => import("./bench/ram_size.ts") },
  { name: "image", load: () => import("./bench/image_load.ts") },
  { name: "exec", load: () => import("./bench/exec.ts") },
  { name: "walk", load: () => import("./bench/walk.ts") },
  { name: "lazy", load: () => import("./bench/lazy_file.ts") },
  { name: "timeline", load: () => import("./bench/timeline.ts") },
  { name: "parser", load: () => import("./bench/parser.ts") },
  { name: "replay", load: () => import("./bench/replay.ts") },
  { name: "mini_os", load: () => import("./bench/mini_os.ts") },
  { name: "session", load: () => import("./bench/session.ts") },
  { name: "tui", load: () => import("./bench/tui.ts") },
  { name: "xen", load: () => import("./bench/xen.ts") },
  { name: "vmcore", load: () => import("./bench/vmcore.ts") },
  { name: "purgatory", load: () => import("./bench/purgatory.ts") },
];

export const chore: Chore = async (args) => {
  const unknown = args.find((arg) => !SUBJECTS.some((subject) => subject.name === arg));
  if (unknown !== undefined) {
    console.error(
      `bench: no subject \`${unknown}\`; known: ${SUBJECTS.map((s) => s.name).join(", ")}`,
    );
    return 2;
  }
  let missed = 0;
  for (const subject of SUBJECTS) {
    if (args.length > 0 && !args.includes(subject.name)) continue;
    const { bench } = await subject.load();
    for (const row of await bench()) {
      if (isMissed(row)) missed++;
      console.log(line(subject.name, row));
    }
  }
  console.log(missed === 0 ? "every aim is reached" : `${missed} aims are missed`);
  return 0;
};

function isMissed({ value, aim }: Row): boolean {
  return aim !== undefined && (aim.atMost ? value > aim.value : value < aim.value);
}

function line(subject: string, row: Row): string {
  const { what, value, unit, aim } = row;
  const number = value >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(2);
  const goal = aim === undefined
    ? ""
    : `aim ${aim.atMost ? "≤" : "≥"} ${aim.value}${isMissed(row) ? "  MISSED" : ""}`;
  return `${subject.padEnd(9)} ${what.padEnd(58)} ${number.padStart(9)} ${unit.padEnd(9)} ${goal}`
    .trimEnd();
}
