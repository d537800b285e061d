/** How the fields of kexec(), of the final stage and of the page allocator are compared. */
import type { FieldRule } from "./fields.ts";

function exactly(op: string, fields: readonly (readonly [string, string])[]): FieldRule[] {
  return fields.map(([field, why]) => ({ field: `${op}.${field}`, how: "exactly", why }));
}

const DEATH = [
  ["fault", "the address; in the file of the new kernel, from its beginning"],
  ["bug", "it ended in BUG()"],
  ["hang", "it never ended"],
  ["printk", "what the kernel printed"],
] as const;

/** The recorder tells of the module where the kernel died. */
const MODULE_LEFT = [
  ["rec_end", "where the data of records ends"],
  ["pg2rec", "owners of the module's pages"],
  ["recs", "the record table"],
] as const;

const FREE = ["free_pages", "what the page allocator counts"] as const;

export const MINIOS_KEXEC_RULES: readonly FieldRule[] = [
  ...exactly("kexec", [
    ["reached", "the final stage is about to run"],
    ["ret", "what kexec() gave back, with its sign"],
    ["events", "what it did, in order"],
    ["entry", "the entry point; all ones: none"],
    ["last_addr", "the end of the new kernel and of its start info"],
    ["param_pa", "final address of the start info"],
    ["param_size", "bytes of the start info"],
    ["param_mem", "where it is built"],
    ["n_actions", "actions in the list"],
    ["actions", "the list, left-overs of earlier attempts included"],
    ["params", "the start info byte by byte"],
    ["elf_len", "size of the file"],
    FREE,
    ...DEATH,
  ]),
  ...exactly("final", [["ebx", "start info"], ["edi", "entry point"], ...DEATH]),
  ...exactly("reserve", [
    ["reserved", "pages in the list of reserved chunks"],
    ["events", "what was called"],
    ...MODULE_LEFT,
    FREE,
    ...DEATH,
  ]),
  ...exactly("unreserve", [FREE, ...MODULE_LEFT, ...DEATH]),
  ...exactly("pgalloc", [
    ["ret", "address of the first page; 0: none"],
    FREE,
    ...MODULE_LEFT,
    ...DEATH,
  ]),
  ...exactly("pgfree", [FREE, ...MODULE_LEFT, ...DEATH]),
];
