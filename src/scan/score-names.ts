/** Of the battery, in its order; each has its share of the chance of a false alarm. */
export const scoreNames = ["pattern", "noise", "activations", "forest"] as const;
export type ScoreName = (typeof scoreNames)[number];

/** Those that know nothing of who is trusted. */
export const blindScores = ["pattern", "noise", "activations"] as const satisfies readonly ScoreName[];
