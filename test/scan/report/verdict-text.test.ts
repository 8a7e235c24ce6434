import { expect, test } from "vitest";
import { verdictText } from "../../../src/scan/report/verdict-text.js";
import { verdictOf } from "../../../src/scan/verdict.js";
import { sampleScan } from "../../report/sample-report.js";

const sizes = { suspects: 40, flagged: 5, trusted: 20, side: 8 };
const options = { level: 0.05, fdr: 0.1, reference_poison: undefined };

test("a class that differs and whose images cannot be told: both are said", () => {
  const { verdict } = sampleScan({ classNames: ["a", "b"], odd: 1, ...sizes });
  const unflagged = verdict.classes.map((one) => ({ ...one, flagged: new Uint8Array(40), atLeast: 0 }));
  const { lines } = verdictText(verdictOf(unflagged, 0.05), options);
  expect(lines[0]).toBe(
    "Class “a” differs from its trusted images; how many of its 40 images are not clean cannot be said.",
  );
  expect(lines[1]).toMatch(/^In class “a” no image is flagged: too few are trusted/);
  expect(verdictText(verdict, options).lines.join()).not.toContain("no image is flagged");
});

test("a class's name turns no line around, wherever it stands", () => {
  const { verdict } = sampleScan({ classNames: ["\u202e<a>", "b"], odd: 1, ...sizes });
  const supposed = { least: { p: 1e-6, flagged: 3 }, most: { p: 1e-9, flagged: 9 } };
  const found = verdict.classes.map((one) => ({ ...one, supposed }));
  const unflagged = found.map((one) => ({ ...one, flagged: new Uint8Array(40) }));
  const bounded = found.map((one) => ({ ...one, atLeast: 0 }));
  for (const classes of [found, unflagged, bounded]) {
    const lines = verdictText(verdictOf(classes, 0.05), { ...options, reference_poison: 2 }).lines.join("\n");
    expect(lines).toContain("“\\u{202e}<a>”");
    expect(lines).not.toContain("\u202e");
    expect(lines).toContain("\u00a0%");
  }
});

test("classes that could not be looked at: what that says, and what to do", () => {
  const { verdict } = sampleScan({ classNames: ["a", "b"], odd: 0, ...sizes });
  const blind = verdict.classes.map((one) => ({ ...one, p: undefined }));
  const { headline, lines } = verdictText(verdictOf(blind, 0.05), options);
  expect(headline).toBe("Inconclusive: no class could be looked at");
  expect(lines).toEqual([expect.stringMatching(/^2 classes could not .* Nothing follows .*--trusted/)]);
});
