/** What `kx explain` says of this world's own rules and hazards; its folders add theirs. */
import type { RuleText } from "../../../machine/mod.ts";
import { CALL_RULES } from "./rules_call.ts";
import { IMAGE_RULES } from "./rules_image.ts";

export const RULES: readonly RuleText[] = [...CALL_RULES, ...IMAGE_RULES];

export { HAZARDS } from "./hazards.ts";
