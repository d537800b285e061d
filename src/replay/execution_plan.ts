/**
 * The recorded story of a machine: loads stand in one list, what happened in another. Which load came
 * before which jump follows from the words of the story: all loads before the only jump; where there
 * are several jumps, the first load before the first, and each later one before what speaks of it.
 */
import { integerOf, isObject, isObjects, type JsonObject, type JsonValue } from "./format.ts";

export type PlanStep =
  | { readonly kind: "load"; readonly load: JsonObject }
  | { readonly kind: "jump"; readonly how: "exec" | "panic"; readonly cpu: bigint | undefined }
  /** As a case of another recording would have it. */
  | { readonly kind: "operation"; readonly op: JsonObject }
  /** What the caller saw when it came back. */
  | { readonly kind: "came back"; readonly seen: JsonObject }
  | { readonly kind: "words"; readonly seen: JsonObject }
  /** Pages full of a word, put there before anything was loaded. */
  | { readonly kind: "fill"; readonly word: bigint; readonly pages: readonly bigint[] }
  | { readonly kind: "disable loading" }
  | { readonly kind: "problem"; readonly message: string };

export function planOf(op: JsonObject): PlanStep[] {
  const loads = isObjects(op.loads) ? [...op.loads] : [];
  const story = Array.isArray(op.story) ? op.story as readonly JsonValue[] : [];
  const jumps = story.filter((s) => typeof s === "string" && s.startsWith("now ")).length;
  const steps: PlanStep[] = story.flatMap((s) => typeof s === "string" ? fillOf(s) : []);
  const takeLoads = (count: number) => {
    for (const load of loads.splice(0, count)) {
      // As root, loading is refused for want of rights only where it was disabled before.
      if (load.ret === "-EPERM") steps.push({ kind: "disable loading" });
      steps.push({ kind: "load", load });
    }
  };
  let cpu: bigint | undefined;
  takeLoads(jumps > 1 ? 1 : loads.length);
  for (const [i, s] of story.entries()) {
    takeLoads(loadsBefore(loads, story, i));
    if (typeof s === "string") cpu = cpuIn(s) ?? cpu;
    steps.push(...stepsOf(s, cpu));
  }
  takeLoads(loads.length);
  return steps;
}

/** How many of the loads that are left come before element `i` of the story. */
function loadsBefore(loads: readonly JsonObject[], story: readonly JsonValue[], i: number): number {
  if (loads.length === 0) return 0;
  const text = wordsOf(story[i]!, story[i + 1]);
  const wanted = loads.findIndex((load) =>
    text.includes("reload")
      ? String(load.exec_load).includes("reload")
      : text.includes("failed")
      ? load.ret !== "0"
      : text.includes("no preserve") && ((integerOf(load.flags) ?? 0n) & 2n) === 0n
  );
  return wanted + 1;
}

/** What an element says; a jump is told with what came of it. */
function wordsOf(s: JsonValue, next: JsonValue | undefined): string {
  if (typeof s === "string") {
    return isObject(next) && typeof next.jump === "string" ? `${s} ${next.jump}` : s;
  }
  return isObject(s) ? String(s.phys_words ?? "") : "";
}

function stepsOf(s: JsonValue, cpu: bigint | undefined): PlanStep[] {
  if (isObject(s)) {
    if (s.phys_words !== undefined) return [{ kind: "words", seen: s }];
    if (s.op !== undefined) return [{ kind: "operation", op: s }];
    if (s.jump !== undefined) return [{ kind: "came back", seen: s }];
    return [{ kind: "problem", message: `the story has ${JSON.stringify(Object.keys(s))}` }];
  }
  if (typeof s !== "string") {
    return [{ kind: "problem", message: "the story has an unknown element" }];
  }
  if (/kexec_load_disabled/.test(s)) return [{ kind: "disable loading" }];
  const jump = /^now (?:.*\b)?(reboot_kexec|sysrq-c|panic)\b/.exec(s);
  if (jump === null) return [];
  const how = jump[1] === "reboot_kexec" ? "exec" : "panic";
  return [{ kind: "jump", how, cpu }];
}

function cpuIn(s: string): bigint | undefined {
  const m = /\bcpu\s*#?(\d+)/i.exec(s);
  return m === null ? undefined : BigInt(m[1]!);
}

/** `two user pages full of 0x4f4c… at PA 0x2be6000 and 0x2be5000; …` */
function fillOf(s: string): PlanStep[] {
  const m = /full of (0x[0-9a-f]+) at PA ([^;]*)/i.exec(s);
  if (m === null) return [];
  const pages = m[2]!.match(/0x[0-9a-f]+/gi) ?? [];
  return [{ kind: "fill", word: BigInt(m[1]!), pages: pages.map(BigInt) }];
}
