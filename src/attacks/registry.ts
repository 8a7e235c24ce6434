import type { AttackName } from "../config/names.js";
import type { Attack } from "./attack.js";
import { hiddenTrigger } from "./hidden-trigger/hidden-trigger.js";
import { labelConsistent } from "./label-consistent/label-consistent.js";
import { narcissusLc, narcissusLcSa } from "./mixes.js";
import { narcissus } from "./narcissus/narcissus.js";
import { sleeperAgent } from "./sleeper-agent/sleeper-agent.js";

/** Every attack. The key is the `--attack` value and the name in a manifest. */
export const attacks = {
  ht: hiddenTrigger,
  lc: labelConsistent,
  narcissus,
  sa: sleeperAgent,
  narcissus_lc: narcissusLc,
  narcissus_lc_sa: narcissusLcSa,
} as const satisfies Record<AttackName, Attack>;
