import { expect, test } from "vitest";
import { parseCompareOptions } from "../../src/compare/options.js";

test("detectors are named in a list, with spaces or without; what is none is named, with what was meant", () => {
  expect(parseCompareOptions({ detectors: "spectral, strip,,spectral" }).detectors).toEqual([
    "spectral",
    "strip",
  ]);
  expect(() => parseCompareOptions({ detectors: "knn,spectrl,none_such" })).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(
        /^--detectors: got "spectrl", "none_such"; accepted: names, .* of poisonspot, /,
      ),
      hint: "Did you mean spectral?",
    }),
  );
  for (const detectors of ["", " , "])
    expect(() => parseCompareOptions({ detectors })).toThrow(
      `--detectors: got "${detectors}"; accepted: names`,
    );
});

test("every problem is named at once", () => {
  expect(() => parseCompareOptions({ splits: "0", fdr: "2", assumed_share: "1" })).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/^3 problems .*\n.*--splits: .*\n.*--fdr: .*\n.*--assumed_share: /),
      hint: "`poisonspot compare --help` explains every flag.",
    }),
  );
});
