/** KX02xx: which words a sentence may have. */
import type { CatalogueEntry } from "./catalogue_entry.ts";

export const vocabulary: Readonly<Record<string, CatalogueEntry>> = {
  KX0201: {
    title: "Unknown statement",
    explanation:
      "A sentence begins with a word that neither the language nor the booted system knows. The systems have operations of their own: `shrink` is Linux's, for instance.",
    example: "laod old",
  },
  KX0202: {
    title: "Unknown word in a sentence",
    explanation: "The sentence has a label that its vocabulary does not list.",
    example: "image a : crash {\n  segment s att 0x1000 size 4KiB\n}",
  },
  KX0203: {
    title: "Something is missing",
    explanation:
      "A sentence lacks a part that it cannot do without, or a label has no value after it.",
    example: "image a : crash {\n  segment s size 4KiB\n}",
  },
  KX0204: {
    title: "Said twice",
    explanation: "One label is given two values in one sentence.",
    example: "image a : crash {\n  segment s at 0 size 4KiB at 8KiB\n}",
  },
  KX0205: {
    title: "Unexpected part",
    explanation: "A value or a mark stands where the sentence has no place for it.",
    example: "load old, 5",
  },
  KX0206: {
    title: "Block missing or misplaced",
    explanation: "The sentence needs `{ … }` after it, or it takes none.",
    example: "machine host",
  },
  KX0207: {
    title: "Wrong kind of word",
    explanation: "A label takes one of a few words, or a name, and something else was given.",
    example: "load old via telepathy",
  },
  KX0208: {
    title: "Clause said twice",
    explanation: "A clause that may stand only once in its block stands there twice.",
    example: "machine host {\n  cpus 1\n  cpus 2\n}",
  },
  KX0209: {
    title: "Statement in the wrong place",
    explanation: "This statement cannot stand in this block, or not at the top.",
    example: "machine host {\n  let x = 1\n}",
  },
  KX0210: {
    title: "Parts that do not go together",
    explanation:
      "Each part is well said, but one excludes the other: the kernel's own purgatory has no options, and low memory is saved for a crash kernel only.",
    example:
      "image next : default file {\n  segment kernel at 16MiB size 4KiB fill 0x90\n  purgatory in_kernel at 0x3000 { skip_checks }\n}",
  },
};
