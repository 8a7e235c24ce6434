import type { Detector } from "../../../src/compare/detector.js";

/** How much the last features of an image add up to. */
export const toyDetector: Detector = {
  title: "toy",
  about: "own cut: none",
  score: ({ members, pass: { features } }) => ({
    scores: Float64Array.from(members, (row) =>
      features.data.subarray(row * features.cols, (row + 1) * features.cols).reduce((sum, x) => sum + x, 0),
    ),
  }),
};
