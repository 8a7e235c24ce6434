import { principalComponents, squaredDistance } from "../components.js";
import type { Detector } from "../detector.js";
import { rowsOf } from "../network-pass.js";
import { twoMeans } from "../two-means.js";

/** A cluster with a smaller share of the class is flagged. */
const largestSuspicious = 0.35;
const components = 10;

/**
 * Activation clustering (Chen et al., arXiv:1811.03728): two clusters of the class's penultimate activations; how much nearer an image
 * is to the smaller one.
 */
export const activationClustering: Detector = {
  title: "activation clustering",
  about: `10 principal components, 2-means; own cut: the smaller cluster where it holds less than ${100 * largestSuspicious} % of the class`,
  score({ members, pass }, _trusted, rng) {
    const rows = principalComponents(rowsOf(pass.features, members), components);
    const { cluster, centres } = twoMeans(rows, rng);
    const ones = cluster.reduce((sum, mark) => sum + mark, 0);
    const small = 2 * ones <= rows.length ? 1 : 0;
    const share = (small === 1 ? ones : rows.length - ones) / rows.length;
    const scores = Float64Array.from(rows, (row) => {
      const distance = (mark: number) => Math.sqrt(squaredDistance(row, centres[mark]));
      return distance(1 - small) - distance(small);
    });
    const flagged = cluster.map((mark) => (share < largestSuspicious && mark === small ? 1 : 0));
    return { scores, flagged };
  },
};
