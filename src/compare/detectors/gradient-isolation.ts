import { allIds } from "../../datasets/select.js";
import { shuffle } from "../../random/rng.js";
import type { Detector } from "../detector.js";
import { facilityOrder } from "../facility-location.js";
import { probabilities } from "../network-pass.js";

/** Medoids, as shares of the images. */
const shares = [0.1, 0.15, 0.2, 0.25, 0.3];
/** Images whose distances are held at once: 64 MB. */
const most = 4000;

/**
 * EPIC (Yang et al., ICML 2022), without its training: how often an image is alone in its medoid's cluster, gradients of the last
 * layer's input being clustered.
 */
export const gradientIsolation: Detector = {
  title: "gradient isolation (EPIC-like)",
  about: `medoids of ${shares.map((share) => `${100 * share} %`).join(", ")} of the images, over the networks that were kept; own cut: alone in most rounds`,
  score({ label, members, pass, earlier }, _trusted, rng) {
    const passes = [...earlier, pass];
    const scores = new Float64Array(members.length);
    const order = shuffle(rng, allIds(members.length));
    const parts = Math.ceil(members.length / most);
    for (let part = 0; part < parts; part++) {
      const own = order.filter((_, i) => i % parts === part);
      for (const one of passes) {
        const gradients = Array.from(own, (member) => {
          const p = probabilities(one, members[member]);
          p[label] -= 1;
          return p;
        });
        const alone = aloneCounts(gradients);
        own.forEach((member, i) => {
          scores[member] += alone[i] / (passes.length * shares.length);
        });
      }
    }
    return { scores, flagged: Uint8Array.from(scores, (score) => (score > 0.5 ? 1 : 0)) };
  },
};

/** By row, in how many of the shares it is a medoid that no other row is nearest to. */
function aloneCounts(rows: readonly Float64Array[]): Uint8Array {
  const { order, distance } = facilityOrder(rows, Math.ceil(shares[shares.length - 1] * rows.length));
  const counts = new Uint8Array(rows.length);
  for (const share of shares) {
    const medoids = order.slice(0, Math.ceil(share * rows.length));
    const sizes = new Map(medoids.map((medoid) => [medoid, 0]));
    const isMedoid = new Set(medoids);
    rows.forEach((_, row) => {
      const nearest = isMedoid.has(row)
        ? row
        : medoids.reduce((best, medoid) => (distance(row, medoid) < distance(row, best) ? medoid : best));
      sizes.set(nearest, (sizes.get(nearest) ?? 0) + 1);
    });
    for (const [medoid, size] of sizes) if (size === 1) counts[medoid]++;
  }
  return counts;
}
