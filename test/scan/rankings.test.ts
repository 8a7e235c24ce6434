import { expect, test } from "vitest";
import { skewScores } from "../../src/detection/skewed-direction.js";
import { blindScorer } from "../../src/detection/split-scorer.js";
import { createRng } from "../../src/random/rng.js";
import { silentReporter } from "../../src/reporter.js";
import { rankClasses } from "../../src/scan/rankings.js";
import { pickReference } from "../../src/scan/reference.js";
import { verdictOf } from "../../src/scan/verdict.js";

const [perClass, cols] = [120, 20];
const run = { reporter: silentReporter, signal: new AbortController().signal };
const classes = ["a", "b", "c", "few"].map((name, c) => ({
  name,
  suspects: Int32Array.from({ length: name === "few" ? 10 : perClass }, (_, i) => c * perClass + i),
  trusted: new Int32Array(0),
}));

/** Normal rows; eight of class b share something. */
function judge() {
  const rng = createRng("rankings");
  const rows = 4 * perClass;
  const data = Float32Array.from({ length: rows * cols }, (_, i) => {
    const row = Math.floor(i / cols);
    return rng.normal() + (row >= perClass && row < perClass + 8 ? 2 : 0);
  });
  return {
    name: "pattern",
    fitShare: 0,
    scorer: blindScorer((ids) => skewScores({ rows, cols, data }, ids)),
  };
}

test("without trusted images the class in which a few stand out comes first, they first in it; nothing is claimed", async () => {
  const { finding, classes: ranked } = verdictOf(await rankClasses([judge()], classes, run), 0.05);
  expect(finding).toBe("uncalibrated");
  const [first, ...others] = ranked;
  expect(first.name).toBe("b");
  const aboveOthers = ranked.map(({ rankings = [] }) => rankings[0]?.aboveOthers);
  expect(aboveOthers[0]).toBeGreaterThan(0.5);
  expect(aboveOthers.slice(1, 3).every((more) => more !== undefined && more < 0)).toBe(true);
  const order = [...first.scores.keys()].sort((a, b) => first.scores[b] - first.scores[a]);
  expect(order.slice(0, 8).sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  // Too few to be ranked.
  expect(others[2]).toMatchObject({ name: "few", rankings: [] });
  for (const one of ranked) expect(one).toMatchObject({ p: undefined, numFlagged: 0, isEvidence: false });
});

test("a skewed class comes first also where the others are not skewed at all", async () => {
  // Half of a class at either value; of class b eight images far from the others.
  const scores = (ids: Int32Array) =>
    Float64Array.from(ids, (row) => (row >= perClass && row < perClass + 8 ? 9 : row % 2));
  const even = { name: "even", fitShare: 0, scorer: blindScorer(scores) };
  const { classes: ranked } = verdictOf(await rankClasses([even], classes, run), 0.05);
  expect(ranked[0].name).toBe("b");
  expect(ranked[0].rankings?.[0].aboveOthers).toBeCloseTo(ranked[0].rankings?.[0].skewness ?? 0, 9);
});

test("images to be looked at are drawn evenly over the classes, at random within each, the same for a seed", () => {
  const rows = pickReference({ classes }, 65, 1);
  const shares = classes.map(({ suspects }) => rows.filter((row) => suspects.includes(row)).length);
  // Half of the small class; its places go to the others.
  expect(shares).toEqual([20, 20, 20, 5]);
  expect(pickReference({ classes }, 65, 1)).toEqual(rows);
  expect(pickReference({ classes }, 65, 2)).not.toEqual(rows);
  // Every image has the same chance: over many draws none is left out.
  const drawn = new Set(
    Array.from({ length: 60 }, (_, seed) => [...pickReference({ classes }, 65, seed)]).flat(),
  );
  expect(drawn.size).toBe(3 * perClass + 10);
  expect(pickReference({ classes }, 10_000, 1)).toHaveLength(3 * 60 + 5);
});
