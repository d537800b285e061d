/** kexec(): from the ELF file of the new kernel to its first instruction. */
export { type Callback } from "./callbacks.ts";
export { KEXEC, kexecOf, type KexecState } from "./state.ts";
export { IMAGE_CLAUSES, KEXEC_OPERATIONS } from "./operations.ts";
export { KEXEC_QUERIES } from "./queries.ts";
export { KEXEC_HAZARDS, KEXEC_RULES } from "./texts.ts";
