/** kexec-tools in dom0. */
import type { Part } from "../part.ts";
import { loadByTools } from "./load.ts";
export { tellUnmapped, withPurgatory } from "./purgatory.ts";
import { TOOLS_HAZARDS, TOOLS_RULES } from "./texts.ts";

export const TOOLS_PART: Part = {
  rules: TOOLS_RULES,
  hazards: TOOLS_HAZARDS,
  routes: [{
    word: "tools",
    summary: "kexec-tools: fills the first MiB with ranges to map, and makes op 4",
    load: loadByTools,
  }],
};
