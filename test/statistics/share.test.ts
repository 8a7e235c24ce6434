import { expect, test } from "vitest";
import { fractionOf, rateText, shareOf, shareText } from "../../src/statistics/share.js";

test("a count has its exact interval beside it, a rate its count", () => {
  // SciPy: beta.ppf([0.025, 0.975], [59, 60], [6, 5]).
  expect(shareText({ count: 59, of: 64 })).toBe("59/64 [82.7, 97.4]");
  expect(rateText({ count: 59, of: 64 })).toBe("92.2 % (59/64 [82.7, 97.4])");
  expect(rateText({ count: 0, of: 42 })).toBe("0.0 % (0/42 [0.0, 8.4])");
});

test("of nothing nothing is said", () => {
  const nothing = { count: 0, of: 0 };
  expect([shareText(nothing), rateText(nothing), rateText(undefined)]).toEqual(["–", "–", "–"]);
  expect(fractionOf(nothing)).toBeUndefined();
});

test("a fraction comes back as the count that it was", () => {
  for (const of of [3, 288, 9_973]) expect(shareOf((of - 1) / of, of)).toEqual({ count: of - 1, of });
});
