/** The operations of this world; its folders add theirs. Data only. */
import { type ClauseShape, type Param, SOURCE_PARAMS } from "../../machine/mod.ts";
import { SUB_OP } from "./abi/mod.ts";

export const WIDTH: Param = {
  name: "width",
  type: "integer",
  choices: ["64", "32"],
  summary: "bits of a pointer of the caller: 64 unless said otherwise, or 32",
};

const AS: Param = {
  name: "as",
  type: "word",
  choices: ["dom0", "domU", "hvm"],
  summary: "who calls: dom0 unless said otherwise; `hvm` is no PV guest",
};

const CPU: Param = {
  name: "cpu",
  type: "integer",
  summary: "the processor that calls: 0 unless said otherwise",
};

const SLOT: Param = { name: "slot", type: "word", choices: ["default", "crash"], required: true };

function number(head: string, summary: string): ClauseShape {
  const value: Param = { name: "value", type: "integer", required: true };
  return { head, summary, positional: [value], once: true };
}

/** `via` has the words of all routes. */
export function operations(routes: readonly string[]): readonly ClauseShape[] {
  return [
    {
      head: "load",
      summary: "loads an image into its slot",
      positional: [{ name: "image", type: "image", required: true }],
      labels: [
        { name: "via", type: "word", choices: ["v2", ...routes], summary: "which way it goes" },
        { name: "arch", type: "integer", summary: "ELF machine: 62 unless said otherwise, 3 i386" },
        CPU,
        AS,
        WIDTH,
      ],
    },
    {
      head: "unload",
      summary: "empties a slot",
      positional: [SLOT],
      labels: [
        { name: "via", type: "word", choices: [...new Set(["v2", "v1", ...routes])] },
        CPU,
        AS,
        WIDTH,
      ],
    },
    {
      head: "exec",
      summary: "runs the image of a slot",
      positional: [SLOT],
      labels: [
        { name: "via", type: "word", choices: ["v2", ...routes] },
        CPU,
        AS,
        WIDTH,
      ],
    },
    {
      head: "get_range",
      summary: "asks where something is: 0 crash area, 1 Xen, 2 note of a CPU, 6 vmcoreinfo",
      positional: [{ name: "range", type: "integer", required: true }],
      labels: [{ name: "nr", type: "integer" }, AS, WIDTH],
    },
    { head: "status", summary: "asks whether one is loaded", positional: [SLOT], labels: [AS] },
    {
      head: "hold",
      summary: "another processor is inside the kexec hypercall from here on",
      positional: [{ name: "what", type: "word", choices: ["kexec_op"], required: true }],
    },
    {
      head: "release",
      summary: "the other processor has left the kexec hypercall",
      positional: [{ name: "what", type: "word", choices: ["kexec_op"], required: true }],
    },
    {
      head: "hypercall",
      summary: "the raw call: an op by name or number, and any bytes as its argument",
      positional: [{ name: "op", type: "word", choices: [...Object.keys(SUB_OP), "number"] }],
      labels: [
        { name: "nr", type: "integer", summary: "the op's number, after `number`" },
        { name: "bytes", type: "text", summary: "the argument as hex digits" },
        { name: "pointer", type: "word", choices: ["null", "unmapped", "kernel_pointer"] },
        CPU,
        AS,
        WIDTH,
      ],
      clauses: [
        number("type", "0 default, 1 crash"),
        number("arch", "ELF machine: 62 unless said otherwise"),
        number("entry", "entry point"),
        number("indirection_page", "op 1: machine address of the guest's list"),
        number("nr_segments", "number of segments; as many as are given unless said otherwise"),
        {
          head: "segments_pointer",
          summary: "whether the array of segments can be read",
          positional: [{
            name: "value",
            type: "word",
            choices: ["null", "unmapped", "kernel_pointer"],
            required: true,
          }],
          once: true,
        },
        {
          head: "segment",
          summary: "one element of the array, any values",
          labels: [
            { name: "bufsz", type: "integer", summary: "bytes in the buffer" },
            { name: "dest", type: "integer", summary: "destination, machine address" },
            { name: "size", type: "integer", summary: "bytes at the destination" },
            { name: "pointer", type: "integer", summary: "the buffer's address, of any `memory`" },
            ...SOURCE_PARAMS,
          ],
        },
        {
          head: "memory",
          summary: "memory of the caller, for pointers in `bytes`",
          labels: [
            { name: "at", type: "address", required: true },
            { name: "size", type: "size" },
            ...SOURCE_PARAMS,
          ],
        },
      ],
    },
  ];
}
