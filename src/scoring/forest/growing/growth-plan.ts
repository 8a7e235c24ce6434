/** Trees grown together, at most: a column is read from memory once for all of them, and more of them gain nothing more. */
const MOST_TOGETHER = 50;
/** With so many trees a thread, up to a quarter of them comes last, in smaller tasks; with fewer, those left over. */
const ENOUGH_FOR_TWO_SIZES = 12;

/**
 * Divides a forest among threads. Tasks of the same size end at about the same time, whatever the number of threads;
 * large ones, because growing trees together is what makes them cheap (on 16,000 x 6,000 values a tree takes 50 ms on
 * its own and 25 ms among twenty); and smaller ones at the end, which make up for uneven trees and uneven threads.
 * @param mostTogether trees of a task, at most
 * @returns trees of each task, in the order in which threads take them, descending
 */
export function planGrowth(trees: number, threads: number, mostTogether = MOST_TOGETHER): number[] {
  const last =
    trees < ENOUGH_FOR_TWO_SIZES * threads
      ? trees % threads
      : Math.min(trees >> 2, threads * (mostTogether >> 1));
  return [...divide(trees - last, threads, mostTogether), ...divide(last, threads, mostTogether)];
}

/** As few rounds of one task a thread as the largest task allows, of sizes that differ by one at most. */
function divide(trees: number, threads: number, mostTogether: number): number[] {
  const rounds = Math.ceil(trees / (threads * mostTogether));
  const tasks = Math.min(trees, rounds * threads);
  return Array.from({ length: tasks }, (_, task) => Math.ceil((trees - task) / tasks));
}
