import type { Detector } from "./detector.js";
import { activationClustering } from "./detectors/activation-clustering.js";
import { deepNeighbours, fiftyNeighbours } from "./detectors/nearest-labels.js";
import { poisonspot } from "./detectors/poisonspot.js";
import { spectralSignatures } from "./detectors/spectral-signatures.js";
import { forestOnIncrements, forestOnPenultimate, forestOnStages } from "./detectors/trained-forest.js";

/** Every detector, in the order of tables. The key is what `--detectors` names. */
const registry = {
  poisonspot,
  increments: forestOnIncrements,
  penultimate: forestOnPenultimate,
  stages: forestOnStages,
  activation_clustering: activationClustering,
  spectral: spectralSignatures,
  deep_knn: deepNeighbours,
  knn: fiftyNeighbours,
} as const satisfies Record<string, Detector>;

export type DetectorName = keyof typeof registry;
export const detectors: Readonly<Record<DetectorName, Detector>> = registry;
export const detectorNames = Object.keys(registry) as readonly DetectorName[];
