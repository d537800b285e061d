/** KX03xx: the machine's layout. KX04xx: values. KX05xx: files. */
import type { CatalogueEntry } from "./catalogue_entry.ts";

export const values: Readonly<Record<string, CatalogueEntry>> = {
  KX0301: {
    title: "Memory ranges overlap",
    explanation:
      "Two ranges of one machine's memory map cover the same bytes. Firmware maps do not: kx cannot know which of the two was meant.",
    example: "machine host {\n  memory 0 .. 2GiB, 1GiB .. 3GiB\n}",
  },
  KX0302: {
    title: "Memory beyond the address space",
    explanation: "x86_64 has 52 bits of physical address: nothing can lie at or above 2^52.",
    example: "machine host {\n  memory 0 .. 8PiB\n}",
  },
  KX0303: {
    title: "Empty memory range",
    explanation: "A range of the memory map has no bytes.",
    example: "machine host {\n  memory 1MiB .. 1MiB\n}",
  },
  KX0304: {
    title: "No memory",
    explanation: "A machine needs at least one usable range.",
    example: "machine host {\n  cpus 1\n}",
  },
  KX0305: {
    title: "Impossible machine",
    explanation: "A property of the machine is outside what any real one has.",
    example: "machine host {\n  memory 0 .. 1GiB\n  cpus 0\n}",
  },
  KX0401: {
    title: "Number too large",
    explanation:
      "Arguments of calls are 64-bit values. Intermediate results may be larger, up to 128 bits.",
    example: "let x = 0x1_0000_0000_0000_0000",
  },
  KX0402: {
    title: "Range ends before it starts",
    explanation:
      "`a .. b` is half-open: `b` is the first byte that is not in it, so `a` must not be above `b`.",
    example: "let r = 2MiB .. 1MiB",
  },
  KX0403: {
    title: "Impossible arithmetic",
    explanation: "Division by zero, or a shift by more bits than a number can have.",
    example: "let x = 1 / 0",
  },
  KX0404: {
    title: "Wrong kind of value",
    explanation:
      "An operator, a condition or a label needs another kind of value: a number, a range, a text.",
    example: 'expect "a" < 1',
  },
  KX0405: {
    title: "Unreadable hex bytes",
    explanation: "`hex` takes pairs of hexadecimal digits, spaces between them as you like.",
    example: 'image a : crash {\n  segment s at 0 hex "9"\n}',
  },
  KX0501: {
    title: "File cannot be read",
    explanation:
      "The file does not exist, is a folder, cannot be opened, or lies outside the folder of the script. A script reads files below its own folder and below those that `--allow` names.",
    example: 'use "missing.kx"',
  },
  KX0502: {
    title: "Map cannot be imported",
    explanation:
      "The text is not what the format promises: no e820 or iomem lines in it, or numbers that make no sense. A `/proc/iomem` read without root shows only zeros.",
    example: "machine host {\n  e820 {\nhello\n}\n}",
  },
};
