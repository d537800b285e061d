/** The operations of this world. Data only. */
import { type ClauseShape, type Param, SOURCE_PARAMS } from "../../machine/mod.ts";
import { CPU, SUSPEND_FAILS } from "./execution/vocabulary.ts";

const AS: Param = {
  name: "as",
  type: "word",
  choices: ["root", "nonroot"],
  summary: "who calls: root unless said otherwise",
};

const VIA: Param = {
  name: "via",
  type: "word",
  choices: ["kexec_load", "compat", "kexec_file_load"],
  summary: "which system call; `compat` is kexec_load of a 32-bit program",
};

const SLOT: Param = { name: "slot", type: "word", choices: ["default", "crash"], required: true };

const POINTER: ClauseShape = {
  head: "segments_pointer",
  summary: "whether the array of segments can be read",
  positional: [{
    name: "value",
    type: "word",
    choices: ["ok", "null", "unmapped", "kernel"],
    required: true,
  }],
  once: true,
};

function number(head: string, summary: string): ClauseShape {
  const value: Param = { name: "value", type: "integer", required: true };
  return { head, summary, positional: [value], once: true };
}

const RAW_SEGMENT: ClauseShape = {
  head: "segment",
  summary: "one element of the array, any values",
  labels: [
    { name: "bufsz", type: "integer", summary: "bytes in the buffer" },
    { name: "mem", type: "integer", summary: "destination" },
    { name: "memsz", type: "integer", summary: "bytes at the destination" },
    ...SOURCE_PARAMS,
  ],
};

const RAW_CLAUSES: readonly ClauseShape[] = [
  number("entry", "entry point"),
  number("flags", "flags and architecture; 0x3e0000 unless said otherwise"),
  number("nr_segments", "number of segments; as many as are given unless said otherwise"),
  POINTER,
  RAW_SEGMENT,
];

const FILE_CLAUSES: readonly ClauseShape[] = [
  {
    head: "kernel",
    summary: "a file, or one of `none`, `bzImage`, `garbage`, `empty`, `dir`, `wronly`",
    positional: [{ name: "file", type: "file", required: true }],
    once: true,
  },
  {
    head: "initrd",
    summary: "a file, `none`, or `initrd` with a size",
    positional: [{ name: "file", type: "file", required: true }],
    labels: [{ name: "size", type: "size" }],
    once: true,
  },
  {
    head: "cmdline",
    summary: "the command line without its final NUL",
    positional: [{ name: "text", type: "text", required: true }],
    once: true,
  },
  number(
    "cmdline_len",
    "bytes, the final NUL included; the text's own length unless said otherwise",
  ),
  {
    head: "cmdline_pointer",
    summary: "whether the command line can be read",
    positional: [{ name: "value", type: "word", choices: ["ok", "bad"], required: true }],
    once: true,
  },
  number("flags", "UNLOAD 1, ON_CRASH 2, NO_INITRAMFS 4, DEBUG 8, …"),
];

export const OPERATIONS: readonly ClauseShape[] = [
  {
    head: "load",
    summary: "loads an image into its slot",
    positional: [{ name: "image", type: "image", required: true }],
    labels: [VIA, AS],
  },
  { head: "unload", summary: "empties a slot", positional: [SLOT], labels: [VIA, AS] },
  {
    head: "exec",
    summary: "reboot(LINUX_REBOOT_CMD_KEXEC): starts the default image",
    labels: [AS, CPU, SUSPEND_FAILS],
  },
  {
    head: "panic",
    summary: "the kernel panics and starts the crash image, if it can",
    positional: [{ name: "text", type: "text" }],
    labels: [CPU],
    whenGone: true,
  },
  {
    head: "shrink",
    summary: "writes a size to /sys/kernel/kexec_crash_size",
    positional: [{ name: "size", type: "size", required: true }],
    labels: [AS],
  },
  {
    head: "write",
    summary: "writes a text to a file of sysfs or procfs",
    positional: [
      { name: "path", type: "text", required: true },
      { name: "text", type: "text", required: true },
    ],
    labels: [AS],
  },
  {
    head: "sysctl",
    summary: "writes a sysctl: `sysctl kexec_load_disabled = 1`",
    positional: [
      { name: "name", type: "name", required: true },
      { name: "value", type: "text", required: true },
    ],
    labels: [AS],
  },
  {
    head: "hold",
    summary: "somebody else is inside a kexec call from here on",
    positional: [{ name: "lock", type: "word", choices: ["kexec_lock"], required: true }],
  },
  {
    head: "release",
    summary: "somebody else has returned from a kexec call",
    positional: [{ name: "lock", type: "word", choices: ["kexec_lock"], required: true }],
  },
  {
    head: "kexec_load",
    summary: "the raw system call",
    labels: [AS],
    clauses: RAW_CLAUSES,
    blockRequired: true,
  },
  {
    head: "compat_kexec_load",
    summary: "the raw system call of a 32-bit program",
    labels: [AS],
    clauses: RAW_CLAUSES,
    blockRequired: true,
  },
  {
    head: "kexec_file_load",
    summary: "the system call that takes open files",
    labels: [AS],
    clauses: FILE_CLAUSES,
    blockRequired: true,
  },
];
