/** What a script can ask once an image was started, and of the notes. */
import type { Param, QueryShape } from "../../../machine/mod.ts";
import { CPU_QUERIES } from "../../../execution/mod.ts";
import { answer } from "../../../routine/mod.ts";
import { notesOf } from "./notes.ts";
import { RUNNING } from "./start.ts";

const CPU: Param = { name: "cpu", type: "integer" };

export const EXECUTION_QUERIES: readonly QueryShape[] = [
  ...CPU_QUERIES,
  {
    pattern: ["running", { name: "image", type: "image" }],
    summary: "whether this image has control: the jump to its entry point went well",
    answer: (machine, { image }) => ({
      kind: "boolean",
      value: machine.settings.get(RUNNING) === image && machine.power !== "rebooted",
    }),
  },
  {
    pattern: ["running", "image"],
    summary: "the name of the image that has control",
    answer: (machine) => {
      const name = machine.settings.get(RUNNING);
      return typeof name === "string" ? { kind: "word", value: name } : answer.NOTHING;
    },
  },
  {
    pattern: ["notes", "of", "cpu", CPU],
    summary: "where the notes of a processor lie",
    answer: (machine, { cpu }) => answer.range(notesOf(machine, Number(cpu as bigint))),
  },
];
