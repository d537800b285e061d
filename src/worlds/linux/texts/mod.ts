/** What `kx explain` says of this world: every rule by which it refuses, every hazard it tells. */
import type { RuleText } from "../../../machine/mod.ts";
import { ARGUMENT_RULES } from "./rules_arguments.ts";
import { FILE_RULES } from "./rules_file.ts";
import { POLICY_RULES } from "./rules_policy.ts";
import { SEGMENT_RULES } from "./rules_segments.ts";
import { SETTING_RULES } from "./rules_settings.ts";

/** In the order in which a load meets them. */
export const RULES: readonly RuleText[] = [
  ...POLICY_RULES,
  ...ARGUMENT_RULES,
  ...SEGMENT_RULES,
  ...FILE_RULES,
  ...SETTING_RULES,
];

export { HAZARDS } from "./hazards.ts";
