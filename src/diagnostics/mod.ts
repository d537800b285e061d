/** What is wrong with a text: the value, the table of codes, and guesses at what was meant. */
export type { Diagnostic, Label, Severity } from "./diagnostic.ts";
export { catalogue, isCode } from "./catalogue.ts";
export type { CatalogueEntry } from "./catalogue.ts";
export { closest, editDistance } from "./did_you_mean.ts";
