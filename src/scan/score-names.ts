/** Of the battery, in its order; each has its share of the chance of a false alarm. */
export const scoreNames = ["pattern", "activations", "forest"] as const;
