/** The structures of `kexec_op` as the public header declares them, and the draft of one. [xen:kexec.h] */
import { type Struct, struct } from "./struct.ts";

/** Words of `page_list`: eight pairs of machine and virtual address, and one more. [xen:kexec.h] */
export const KEXEC_XEN_NO_PAGES = 17;

export const XEN_KEXEC_EXEC = struct("xen_kexec_exec", "op 0: run an image", [
  { name: "type", type: "int", about: "0 default, 1 crash" },
]);

export const XEN_KEXEC_RANGE = struct("xen_kexec_range", "op 3: where something is", [
  { name: "range", type: "int", about: "which: 0 crash region, 1 Xen, 2 CPU note, 6 vmcoreinfo" },
  { name: "nr", type: "int", about: "number of a physical CPU, for range 2" },
  { name: "size", type: "ulong", about: "answer: bytes" },
  { name: "start", type: "ulong", about: "answer: machine address; after size, not before it" },
]);

export const XEN_KEXEC_SEGMENT = struct("xen_kexec_segment", "one segment of op 4", [
  { name: "buf", type: "handle", about: "data in the caller; null: only map dest" },
  { name: "buf_size", type: "u64", about: "bytes of data" },
  { name: "dest_maddr", type: "u64", about: "machine address" },
  { name: "dest_size", type: "u64", about: "bytes there; those after the data are zeroed" },
]);

export const XEN_KEXEC_LOAD = struct("xen_kexec_load", "op 4: load, v2", [
  { name: "type", type: "u8", about: "0 default, 1 crash" },
  {
    name: "_pad",
    type: "u8",
    pad: true,
    about: "said aloud: the compiler would leave this byte anyway, to align arch to 2",
  },
  { name: "arch", type: "u16", about: "ELF machine: 62 x86-64, 3 i386" },
  {
    name: "nr_segments",
    type: "u32",
    about: "1 + 1 + 2 + 4 bytes: the pointer begins at 8 for both widths without another pad",
  },
  { name: "segments", type: "handle", about: "array; a 32-bit caller zeroes the upper half" },
  { name: "entry_maddr", type: "u64", about: "machine address" },
]);

export const XEN_KEXEC_UNLOAD = struct("xen_kexec_unload", "op 5: unload, v2", [
  { name: "type", type: "u8", about: "0 default, 1 crash" },
]);

export const XEN_KEXEC_STATUS = struct("xen_kexec_status", "op 6: is one loaded?", [
  { name: "type", type: "u8", about: "0 default, 1 crash" },
]);

const IMAGE = [
  {
    name: "page_list",
    type: "ulong",
    count: KEXEC_XEN_NO_PAGES,
    about: "even: machine address of a helper page; odd: Xen <= 4.3 writes its virtual address",
  },
  { name: "indirection_page", type: "ulong", about: "head of the list, machine address" },
  { name: "start_address", type: "ulong", about: "entry point, machine address" },
] as const;

export const XEN_KEXEC_IMAGE = struct("xen_kexec_image", "an image as v1 hands it over", IMAGE);

export const XEN_KEXEC_LOAD_V1 = struct("xen_kexec_load_v1", "ops 1 and 2: load and unload, v1", [
  { name: "type", type: "int", about: "0 default, 1 crash; unload reads only this" },
  ...IMAGE,
]);

/**
 * The load of the patch series of February 2013. It never shipped: the order of the members was
 * changed, and with it the need for the pad. [thread:kexec load ABI, February 2013]
 */
export const XEN_KEXEC_LOAD_DRAFT = struct(
  "xen_kexec_load_draft",
  "op 4 as it was first proposed",
  [
    { name: "type", type: "u8", about: "0 default, 1 crash" },
    { name: "arch", type: "u16", about: "ELF machine" },
    {
      name: "__pad",
      type: "u32",
      pad: true,
      about: "puts entry_maddr at 8 for both widths: i386 aligns a uint64_t to 4 bytes only",
    },
    { name: "entry_maddr", type: "u64", about: "machine address" },
    { name: "nr_segments", type: "u32", about: "how many" },
    { name: "segments", type: "aligned_handle", about: "array; aligned to 8 for both widths" },
  ],
);

/** All of them, by name. */
export const STRUCTS: ReadonlyMap<string, Struct> = new Map(
  [
    XEN_KEXEC_EXEC,
    XEN_KEXEC_LOAD_V1,
    XEN_KEXEC_IMAGE,
    XEN_KEXEC_RANGE,
    XEN_KEXEC_LOAD,
    XEN_KEXEC_SEGMENT,
    XEN_KEXEC_UNLOAD,
    XEN_KEXEC_STATUS,
    XEN_KEXEC_LOAD_DRAFT,
  ].map((s): [string, Struct] => [s.name, s]),
);
