/** KX06xx: what is too much. kx refuses early and says so, instead of running out of memory. */
import type { CatalogueSection } from "./catalogue_entry.ts";

export const limits: CatalogueSection = {
  KX0601: {
    title: "Text too long",
    explanation:
      "A script has at most 16 Mi characters. Memory maps and images belong in files of their own, which a script names.",
    example: "",
  },
  KX0602: {
    title: "Nested too deep",
    explanation:
      "At most 200 braces, parentheses and square brackets may be open at one place. The text is not read at all, because a program usually wrote it, and wrote it wrongly.",
    example: "",
  },
  KX0603: {
    title: "Expression too long",
    explanation:
      "One path through an expression has at most 1000 operators and parentheses. Give parts of it names with `let`, or use a list.",
    example: "",
  },
  KX0604: {
    title: "Too many `else if`",
    explanation:
      "One chain has at most 200 `else if`, and chains inside one another count together.",
    example: "",
  },
  KX0605: {
    title: "Too many mistakes",
    explanation:
      "After 100 diagnostics the rest of a text is not listed. Most likely it is no kx script at all.",
    example: "",
  },
  KX0606: {
    title: "Number too long",
    explanation:
      "A number has at most 128 characters, underscores included. The largest address has 18.",
    example: "",
  },
};
