import { expect, test } from "vitest";
import { planMemory } from "../../../src/scoring/forest/memory-plan.js";

const GIB = 2 ** 30;
const plan = (rows: number, cols: number, threads: number, trees = 200, limit = 4 * GIB) =>
  planMemory({ rows, cols, threads, trees }, limit);

test("a table of 40,000 x 50,000 has room for 192 threads", () => {
  expect(plan(40_000, 50_000, 192)).toMatchObject({ growing: { threads: 192 }, binning: { threads: 8 } });
});

test("threads without a tree take no memory", () => {
  const few = plan(1000, 1000, 192, 3);
  expect(few?.growing.threads).toBe(3);
  expect(few?.bytes).toBe(plan(1000, 1000, 8, 3)?.bytes);
});

test("where room is short, trees grow in smaller groups, then on fewer threads, down to a tree on one", () => {
  const [rows, cols] = [1000, 1_000_000];
  const codes = rows * cols;
  let groups = 50;
  let threads = 8;
  for (let room = codes / 4; ; room *= 0.9) {
    const found = plan(rows, cols, 8, 200, codes + room);
    if (!found) break;
    const { growing, binning, bytes } = found;
    expect(bytes).toBeLessThanOrEqual(codes + room);
    expect(growing.threads).toBeLessThanOrEqual(threads);
    // Fewer threads may grow larger groups again.
    if (growing.threads === threads) expect(growing.mostTogether).toBeLessThanOrEqual(groups);
    if (growing.threads > 1) expect(growing.mostTogether).toBeGreaterThanOrEqual(8);
    groups = growing.mostTogether;
    threads = growing.threads;
    expect(binning.threads).toBeGreaterThan(0);
  }
  expect(threads).toBe(1);
});
