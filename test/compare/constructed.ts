import type { Examined } from "../../src/compare/detector.js";
import type { Forward } from "../../src/compare/forward.js";
import type { NetworkPass } from "../../src/compare/network-pass.js";
import type { ComparisonSubject } from "../../src/compare/subject.js";
import { createRng } from "../../src/random/rng.js";

const [numClasses, d] = [3, 8];
/** The class examined: poisons, clean suspects, trusted images. */
const [poisons, clean, trusted] = [25, 45, 60];
const ofOthers = 80;
const members = poisons + clean + trusted;

/** Features around a centre by class; the poisons of class 0 are half way to class 1, with a direction of their own. */
function constructedPass(): NetworkPass {
  const rng = createRng("constructed");
  const labels = Int32Array.from({ length: members + 2 * ofOthers }, (_, row) =>
    row < members ? 0 : row < members + ofOthers ? 1 : 2,
  );
  const features = new Float32Array(labels.length * d);
  const logits = new Float32Array(labels.length * numClasses);
  labels.forEach((label, row) => {
    const isPoison = row < poisons;
    for (let c = 0; c < d; c++) {
      let centre = c === label ? 6 : 0;
      if (isPoison) centre = c === 0 || c === 1 ? 3 : c === 7 ? 4 : 0;
      features[row * d + c] = centre + rng.normal();
    }
    for (let c = 0; c < numClasses; c++) logits[row * numClasses + c] = features[row * d + c];
  });
  return {
    labels,
    numClasses,
    features: { rows: labels.length, cols: d, data: features },
    logits: { rows: labels.length, cols: numClasses, data: logits },
  };
}

const noForward: Forward = {
  numOverlays: 0,
  overlaid: () => Promise.reject(new Error("There is no network.")),
  dropped: () => Promise.reject(new Error("There is no network.")),
};

const ids = (count: number, first: number) => Int32Array.from({ length: count }, (_, i) => first + i);

/** A class with 25 poisons among 70 suspects and 60 trusted images, as a network might see it. */
export function constructedSubject(): ComparisonSubject {
  const pass = constructedPass();
  const examined: Examined = {
    label: 0,
    members: ids(members, 0),
    pass,
    stages: { rows: members, cols: d, data: pass.features.data.slice(0, members * d) },
    earlier: [],
    forward: noForward,
    scanJudges: () => Promise.reject(new Error("There are no images.")),
    assumedShare: poisons / pass.labels.length,
  };
  return {
    kind: "experiment",
    digest: "constructed",
    reported: "constructed",
    classes: [
      {
        name: "zero",
        examined,
        suspects: ids(poisons + clean, 0),
        trusted: ids(trusted, poisons + clean),
        trustedOthers: ids(40, members),
      },
    ],
    nameOf: (_, member) => `image ${member}`,
    isPoison: (_, member) => member < poisons,
    ours: "activation_clustering",
    assumedShare: examined.assumedShare,
  };
}
