/** How each field of a Mini-OS recording is compared, by the operation that reports it. */
import type { FieldRule } from "./fields.ts";
import { REAL_BOOT_RULES } from "./minios_real_boot.ts";

const BOOT = [
  ["start_info", "address of the block that the kernel was told of"],
  ["first_free_pfn", "the first frame behind the kernel and, since the series, its start info"],
  ["start_pfn", "the first frame behind the page tables"],
  ["max_pfn", "the frame behind the kernel's memory"],
  ["e820", "the memory map after sorting out"],
  ["mod_ptr", "the last page of the module"],
  ["mod_start", "where the kernel thinks that its module begins"],
  ["reserved_range", "what was set aside for a module that was created"],
  ["mod_recs", "the record table"],
  ["rec_start", "where the data of records begins"],
  ["rec_end", "where the data of records ends"],
  ["n_pages", "read from the module's last page in memory"],
  ["n_records", "read from the module's last page in memory"],
  ["recs_off", "read from the module's last page in memory"],
  ["admin", "the first 256 bytes of the module's last page"],
  ["free_pages", "what the page allocator counts"],
  ["printk", "what the kernel printed, as far as the recording tells it"],
  ["fault", "the address; a general protection has none and is 0"],
  ["bug", "it ended in BUG()"],
  ["hang", "it never ended"],
] as const;

const MODULE = [
  ["rec_end", "where the data of records ends"],
  ["pg2rec", "the owners of the first 64 pages, from the bytes in memory"],
  ["recs", "the first 64 bytes of the record table in memory"],
  ["printk", "what the kernel printed"],
  ["fault", "the address; a general protection has none and is 0"],
  ["bug", "it ended in BUG()"],
  ["hang", "it never ended"],
] as const;

function exactly(op: string, fields: readonly (readonly [string, string])[]): FieldRule[] {
  return fields.map(([field, why]) => ({ field: `${op}.${field}`, how: "exactly", why }));
}

const RET = [["ret", "what the function gave back"]] as const;

export const MINIOS_MODULE_RULES: readonly FieldRule[] = [
  ...REAL_BOOT_RULES,
  ...exactly("boot", BOOT),
  ...exactly("alloc", [["ret", "the address of the first page"], ...MODULE]),
  ...exactly("malloc", MODULE),
  ...exactly("free", MODULE),
  ...exactly("mfree", MODULE),
  ...exactly("add", [...RET, ...MODULE]),
  ...exactly("upd", [...RET, ...MODULE]),
  ...exactly("find", [...RET, ["size", "of the record that was found"], ...MODULE]),
  ...exactly("read", [...RET, ["data", "what was read; nothing where it was refused"], ...MODULE]),
  ...exactly("dump", [["addr", "where"], ["bytes", "memory"]]),
  ...exactly("fnv1a64", [
    ["addr", "where"],
    ["len", "how much"],
    ["value", "a hash over memory"],
    ["pages_in_allocator", "free pages: they hold list heads, so their bytes are not hashed"],
  ]),
  ...exactly("softres", [
    ["pfn", "the first frame of the scratch space"],
    ["e820", "the memory map with it"],
    ["bug", "it ended in BUG()"],
    ["printk", "what the kernel printed"],
  ]),
];
