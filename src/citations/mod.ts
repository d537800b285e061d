/** Where each rule of kx comes from. */
export { type Citation, citation, citationKeys, cited } from "./lookup.ts";
