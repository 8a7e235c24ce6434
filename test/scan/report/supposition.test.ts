import { expect, test } from "vitest";
import { suppositionSection } from "../../../src/report/sections/supposition.js";
import { suppositionOf, suppositionText } from "../../../src/scan/report/supposition.js";
import { verdictOf } from "../../../src/scan/verdict.js";
import { sampleScan } from "../../report/sample-report.js";

/** Four classes, the first two with evidence, and p of both ends as given. */
function supposed(ends: readonly (readonly [least: number, most: number])[]) {
  const sample = sampleScan({
    classNames: ["<a>", "b", "c", "d"],
    ...{ suspects: 40, flagged: 5, trusted: 20, odd: 2, side: 8 },
  });
  const classes = sample.verdict.classes.map((one, i) => ({
    ...one,
    supposed: { least: { p: ends[i][0], flagged: 3 }, most: { p: ends[i][1], flagged: 9 } },
  }));
  return verdictOf(classes, 0.05).classes;
}

test("evidence that stays, evidence that hangs on the trusted images, and poison that they may hide", () => {
  const classes = supposed([
    [1e-6, 1e-9],
    [0.5, 1e-9],
    [1, 0.001],
    [1, 0.9],
  ]);
  expect(suppositionText(classes, 2)).toEqual([
    "If up to 2 of the trusted images of each class are poison and nobody knows which: " +
      "the evidence in class “<a>” stays, with at least 3 flagged; the evidence in class “b” hangs on which they are; " +
      "class “c” would have evidence if it is those of the highest scores, which are shown below (no evidence by itself: it picks after looking).",
  ]);
  const page = suppositionSection(suppositionOf(classes, 2))?.text ?? "";
  const rows = page.split("</tr>").map((row) =>
    row
      .replace(/<[^>]*>/g, "|")
      .replace(/[|\n]+/g, "|")
      .trim(),
  );
  expect(rows.slice(2, 5)).toEqual([
    "|&lt;a&gt;|▲ evidence|4e-9|5|▲ evidence|4e-6|3|▲ evidence|4e-9|9|",
    "|b|▲ evidence|6e-9|5|○ none|1.0|0|▲ evidence|4e-9|9|",
    "|c|○ none|1.0|0|○ none|1.0|0|▲ evidence|0.0020|9|",
  ]);
});

test("nothing is said where nothing was asked, and where no class would change", () => {
  const classes = supposed([
    [1, 1],
    [1, 1],
    [1, 1],
    [1, 1],
  ]).slice(2);
  expect(suppositionText(classes, undefined)).toEqual([]);
  expect(suppositionText(classes, 2)[0]).toMatch(/: no class would have evidence, whichever they are\.$/);
});
