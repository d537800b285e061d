/** kexec-tools in dom0. */
import type { Part } from "../part.ts";
import { loadByTools } from "./load.ts";

export const TOOLS_PART: Part = {
  routes: [{
    word: "tools",
    summary: "kexec-tools: fills the first MiB with ranges to map, and makes op 4",
    load: loadByTools,
  }],
};
