import { minimumCostAssignment } from "./minimum-cost-assignment.js";

/**
 * Says which goal each image is drawn to.
 * @param distances [n, n], squared; row a is a goal, column b an image
 * @param previous int32 [n], what this function said last; at first image b has goal b
 * @returns int32 [n], the goal of each image
 */
export type Pairing = (distances: Float32Array, previous: Int32Array) => Int32Array;

/** Again and again the closest of the goals and images that are left: one to one (Saha et al., arXiv:1910.00033). */
const greedy: Pairing = (distances, { length: n }) => {
  const closestFirst = Int32Array.from(distances.keys()).sort((i, j) => distances[i] - distances[j] || i - j);
  const goals = new Int32Array(n).fill(-1);
  const taken = new Set<number>();
  for (const cell of closestFirst) {
    const [goal, image] = [Math.floor(cell / n), cell % n];
    if (taken.has(goal) || goals[image] >= 0) continue;
    taken.add(goal);
    goals[image] = goal;
  }
  return goals;
};

/** The one-to-one pairing with the least sum of distances. */
const hungarian: Pairing = (distances, { length: n }) => minimumCostAssignment(distances, n);

/**
 * As in the Adversarial Robustness Toolbox 1.19: the n closest pairs are taken in turn whether or not goal and image have
 * been taken before, images that are in none keep their goal, and the next call chooses among the goals that are left.
 */
const art: Pairing = (distances, previous) => {
  const n = previous.length;
  const distance = (cell: number) => distances[previous[Math.floor(cell / n)] * n + (cell % n)];
  const closestFirst = Int32Array.from(distances.keys()).sort((i, j) => distance(i) - distance(j) || i - j);
  const goals = previous.slice();
  for (const cell of closestFirst.subarray(0, n)) goals[cell % n] = previous[Math.floor(cell / n)];
  return goals;
};

/** Every pairing. The key is the value of `--attack_opt pairing`. */
export const pairings = { greedy, hungarian, art } as const satisfies Record<string, Pairing>;
