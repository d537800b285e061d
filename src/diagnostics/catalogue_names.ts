/** KX01xx: names. */
import type { CatalogueEntry } from "./catalogue_entry.ts";

export const names: Readonly<Record<string, CatalogueEntry>> = {
  KX0101: {
    title: "Unknown name",
    explanation:
      "A word stands where a value, a machine, an image or a function is needed, and nothing of that name was declared before it. Names are declared by `let`, `def`, `for`, `machine` and `image`, and are known from there to the end of their block.",
    example: "let base = 16MiB\nexpect bse == 16MiB",
  },
  KX0102: {
    title: "Name declared twice",
    explanation:
      "Two `def`s, machines or images of one name stand in one text. The later one would hide the earlier one without a word, so it is refused. `let` may give a name a new value.",
    example: "image a : crash { entry 0 }\nimage a : crash { entry 4096 }",
  },
  KX0103: {
    title: "Wrong number of values",
    explanation:
      "A function or a `def` is called with more or fewer values than it has parameters.",
    example: "def try_at(address) { show owner of address }\ntry_at(0x1000, 0x2000)",
  },
  KX0105: {
    title: "Unknown question",
    explanation:
      "`expect`, `show`, `if` and `let` understand phrases such as `owner of 0x1000` or `loaded crash`. This phrase is none of them: a word is misspelt, or the system that knows it was not booted. `kx --help expect` lists all of them.",
    example: "expect ownr of 0x1000 is free",
  },
  KX0106: {
    title: "Too early",
    explanation:
      "The statement needs something that has not happened yet: an operation needs a system that was booted, `why` and `errno` need an operation that was answered.",
    example: "load old",
  },
};
