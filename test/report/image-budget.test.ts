import { expect, test } from "vitest";
import { withinBudget } from "../../src/report/image-budget.js";
import { sampleReport } from "./sample-report.js";

test("of images that would not fit, each class keeps those of the highest rank", async () => {
  const sample = { classNames: ["a", "b"], suspects: 30, flagged: 9, trusted: 4, odd: 2, side: 8 };
  const report = await sampleReport(sample);
  expect(withinBudget(report)).toBe(report);
  // 30 MB of images.
  const large = { webp: new Uint8Array(250_000), width: 96, height: 96 };
  const suspects = report.suspects.map((group) => ({
    ...group,
    cards: group.cards.map((card) => ({ ...card, thumbnail: large })),
  }));
  const reduced = withinBudget({ ...report, suspects });
  for (const [i, { cards }] of reduced.suspects.entries()) {
    expect(cards.length).toBeGreaterThan(10);
    expect(cards).toEqual(suspects[i].cards.slice(0, cards.length));
  }
  const bytes = reduced.suspects.flatMap(({ cards }) => cards).length * 250_000 * (4 / 3);
  expect(bytes).toBeLessThan(11e6);
});
