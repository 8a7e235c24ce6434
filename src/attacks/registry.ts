import type { Attack } from "./attack.js";
import { badnets } from "./badnets/about.js";
import { blend } from "./blend/about.js";
import { hiddenTrigger } from "./hidden-trigger/about.js";
import { labelConsistent } from "./label-consistent/about.js";
import { narcissusLc, narcissusLcSa } from "./mixes/about.js";
import { narcissus } from "./narcissus/about.js";
import { sig } from "./sig/about.js";
import { sleeperAgent } from "./sleeper-agent/about.js";

/** Every attack, in the order of help. The key is the `--attack` value and the name in a manifest. */
const registry = {
  lc: labelConsistent,
  narcissus,
  sa: sleeperAgent,
  ht: hiddenTrigger,
  sig,
  badnets,
  blend,
  narcissus_lc: narcissusLc,
  narcissus_lc_sa: narcissusLcSa,
} satisfies Record<string, Attack>;

export type AttackName = keyof typeof registry;
export const attacks: Readonly<Record<AttackName, Attack>> = registry;
export const attackNames = Object.keys(attacks) as readonly AttackName[];
