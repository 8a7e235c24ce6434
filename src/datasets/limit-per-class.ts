/** Images of a class that `--limit_per_class` keeps for training and for testing. */
export const limitsOf = (perClass: number) => ({ train: perClass, test: Math.ceil(perClass / 5) });
