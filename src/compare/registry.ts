import type { Detector } from "./detector.js";
import { activationClustering } from "./detectors/activation-clustering.js";
import { gradientIsolation } from "./detectors/gradient-isolation.js";
import { errorNorm, gradientNorm, selfInfluence } from "./detectors/gradient-norm.js";
import { earlyLoss, finalLoss, highMargin, lowMargin } from "./detectors/loss.js";
import { deepNeighbours, fiftyNeighbours } from "./detectors/nearest-labels.js";
import { poisonspot } from "./detectors/poisonspot.js";
import { predictionShift } from "./detectors/prediction-shift.js";
import { scanActivations, scanNoise, scanPattern } from "./detectors/scan-scores.js";
import { scanStatistics } from "./detectors/scan-statistics.js";
import { spectralSignatures } from "./detectors/spectral-signatures.js";
import { strip } from "./detectors/strip.js";
import { forestOnIncrements, forestOnPenultimate, forestOnStages } from "./detectors/trained-forest.js";

/** Every detector, in the order of tables. The key is what `--detectors` names. */
const registry = {
  poisonspot,
  increments: forestOnIncrements,
  penultimate: forestOnPenultimate,
  stages: forestOnStages,
  scan_pattern: scanPattern,
  scan_noise: scanNoise,
  scan_activations: scanActivations,
  activation_clustering: activationClustering,
  spectral: spectralSignatures,
  scan_statistics: scanStatistics,
  strip,
  psbd: predictionShift,
  deep_knn: deepNeighbours,
  knn: fiftyNeighbours,
  loss: finalLoss,
  early_loss: earlyLoss,
  low_margin: lowMargin,
  high_margin: highMargin,
  el2n: errorNorm,
  grand: gradientNorm,
  tracin: selfInfluence,
  isolation: gradientIsolation,
} as const satisfies Record<string, Detector>;

export type DetectorName = keyof typeof registry;
export const detectors: Readonly<Record<DetectorName, Detector>> = registry;
export const detectorNames = Object.keys(registry) as readonly DetectorName[];
