import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { agreeingDetail, readComparison } from "../../src/report/read-comparison.js";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "poisonspot-comparison-"));
  const others = { jaccard: 0.5, spearman: 0.25 };
  const detector = (name: string, more: object) => ({
    ...{ name, title: `title of ${name}`, assumesShare: name === "b" },
    ...{ finding: "evidence", p: 0.01, flagged: { count: 1, of: 2 } },
    ...more,
  });
  const summary = {
    subject: "same",
    comparedWith: "the scan",
    detectors: [
      detector("ours", {}),
      detector("a", { agreement: others }),
      detector("b", { agreement: {}, p: undefined, finding: "no evidence" }),
    ],
  };
  await writeFile(join(folder, "compare.json"), JSON.stringify(summary));
  const table = [
    "image,class,ours,ours_flagged,ours_own_cut,a,a_flagged,a_own_cut,b,b_flagged,b_own_cut",
    "x.png,cat,1,1,1,1,1,,1,1,",
    "'=x.png,cat,1,1,1,1,1,,1,0,",
    "x.png,dog,1,1,1,1,0,,1,0,1",
  ];
  await writeFile(join(folder, "scores.csv"), `${table.join("\n")}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("who flags what, but for what all are held against", async () => {
  const found = await readComparison(folder, "same");
  expect(found?.agreement).toMatchObject({
    with: "the scan",
    own: { title: "title of ours", jaccard: undefined },
    detectors: [
      expect.objectContaining({ title: "title of a", jaccard: 0.5, correlation: 0.25, p: 0.01 }),
      expect.objectContaining({ title: "title of b", assumesShare: true, jaccard: undefined, p: undefined }),
    ],
  });
  expect(found?.flagging("x.png", "cat")).toEqual(["title of a", "title of b"]);
  // A name that a spreadsheet would take for a formula is written with a sign before it.
  expect(found?.flagging("=x.png", "cat")).toEqual(["title of a"]);
  // The same name in another class is another image; what a detector's own cut flags is not calibrated.
  expect(found?.flagging("x.png", "dog")).toEqual([]);
  expect(found?.flaggingIn("cat")).toEqual({ count: 2, of: 2 });
  expect(found?.flaggingIn("dog")).toEqual({ count: 0, of: 2 });
  expect(found && agreeingDetail(found, "=x.png", "cat")).toEqual({
    name: "others",
    value: "1 of 2: title of a",
    number: 1,
  });
});

test("a comparison of something else, half of one, or none, is not shown", async () => {
  expect(await readComparison(folder, "another")).toBeUndefined();
  expect(await readComparison(join(folder, "nowhere"), "same")).toBeUndefined();
  await rm(join(folder, "scores.csv"));
  expect(await readComparison(folder, "same")).toBeUndefined();
});
