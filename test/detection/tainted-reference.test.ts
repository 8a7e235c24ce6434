import { expect, test } from "vitest";
import { classPValue } from "../../src/detection/class-test.js";
import { aboveIn } from "../../src/detection/disguise.js";
import { conformalEValues, eBenjaminiHochberg } from "../../src/detection/e-values.js";
import { ifReferenceTainted } from "../../src/detection/tainted-reference.js";
import { createRng } from "../../src/random/rng.js";

const fdr = 0.3;

/** All choices of up to `count` of n, as masks. */
const choices = (n: number, count: number): number[] =>
  Array.from({ length: 2 ** n }, (_, mask) => mask).filter(
    (mask) => mask.toString(2).replaceAll("0", "").length <= count,
  );

test.each([0, 1, 2, 3])(
  "of one split both ends are those over all choices of up to %d trusted samples",
  (count) => {
    for (let seed = 0; seed < 12; seed++) {
      const rng = createRng(`tainted-reference/${seed}`);
      const suspects = Float64Array.from({ length: 14 }, (_, i) => rng.normal() + (i < 6 ? 2.5 : 0));
      const reference = Float64Array.from({ length: 8 }, (_, i) => rng.normal() + (i < seed % 3 ? 2 : 0));
      const found = choices(reference.length, count).map((mask) => {
        const left = reference.filter((_, i) => ((mask >> i) & 1) === 0);
        return {
          p: classPValue(aboveIn({ suspects, reference: left }), suspects.length),
          flagged: eBenjaminiHochberg(conformalEValues(suspects, left, fdr), fdr).reduce((a, b) => a + b, 0),
        };
      });
      const { least, most } = ifReferenceTainted([{ suspects, reference }], count, fdr);
      expect(least.p).toBeCloseTo(Math.max(...found.map(({ p }) => p)), 12);
      expect(most.p).toBeCloseTo(Math.min(...found.map(({ p }) => p)), 12);
      expect(least.flagged).toBe(Math.min(...found.map(({ flagged }) => flagged)));
      expect(most.flagged).toBe(Math.max(...found.map(({ flagged }) => flagged)));
    }
  },
);

test("where more may be poison than are trusted nothing is evidence", () => {
  const scores = { suspects: Float64Array.of(3, 2), reference: Float64Array.of(1, 0) };
  expect(ifReferenceTainted([scores], 5, fdr).least).toEqual({ p: 1, flagged: 0 });
});
