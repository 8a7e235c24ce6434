import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { applyDecisions, readDecisions, withoutKept } from "../../src/scan/decisions.js";
import { imageDigest } from "../../src/scan/image-digest.js";
import { reportOf } from "../../src/scan/outputs/report.js";
import { whatChanged } from "../../src/scan/what-changed.js";
import { sampleScan } from "../report/sample-report.js";
import { temporaryFolder } from "../store/temporary-folder.js";

const { data, verdict, sources, options } = sampleScan({
  classNames: ["a", "b"],
  suspects: 12,
  flagged: 5,
  trusted: 4,
  odd: 1,
  side: 8,
});

/** As a page saves it; the digests are those of the images. */
async function saved(struck: readonly number[], kept: readonly number[], more: object = {}) {
  const entry = async (row: number) => ({
    file: data.nameOf(row),
    sha256: await imageDigest(data, row),
    note: `note ${row}`,
  });
  const path = join(await temporaryFolder(), "decisions.json");
  const lists = {
    struck: await Promise.all(struck.map(entry)),
    kept: await Promise.all(kept.map(entry)),
  };
  await writeFile(
    path,
    JSON.stringify({ decisionsVersion: 1, report: "0123456789abcdef", ...lists, ...more }),
  );
  return path;
}

const applied = async (path: string) => applyDecisions(await readDecisions(path), path, data);

test("struck images are no longer trusted, kept ones no longer flagged; what changed is said", async () => {
  // Rows 0 to 23 are suspects, 24 to 27 trusted images of a.
  const decided = await applied(await saved([25, 27], [0, 3]));
  expect(decided.classes.map(({ trusted }) => [...trusted])).toEqual([
    [24, 26],
    [28, 29, 30, 31],
  ]);
  const after = withoutKept(verdict, decided.kept);
  expect(after.classes.map(({ numFlagged }) => numFlagged)).toEqual([3, 0]);
  expect([...after.classes[0].flagged.subarray(0, 5)]).toEqual([0, 1, 1, 0, 1]);
  const report = reportOf(options, { data, verdict: after, sources, decisions: decided.decisions });
  expect(report.decisions?.kept).toContainEqual(
    expect.objectContaining({ file: data.nameOf(3), note: "note 3" }),
  );
  const earlier = reportOf(options, { data, verdict, sources, decisions: undefined });
  expect(whatChanged(earlier, after)).toEqual([
    "changed by the decisions:",
    "class a: flagged 5 -> 3",
    "verdict: still evidence",
  ]);
});

test("decisions about other images, or in another form, are refused by name", async () => {
  const other = { struck: [{ file: data.nameOf(24), sha256: "0".repeat(64), note: "" }] };
  await expect(applied(await saved([], [], other))).rejects.toThrow("image-24.png has another SHA-256");
  // A suspect cannot be struck, a trusted image not be kept.
  await expect(applied(await saved([0], []))).rejects.toThrow("image-0.png is not there");
  await expect(applied(await saved([], [24]))).rejects.toThrow("image-24.png is not there");
  await expect(readDecisions("nowhere.json")).rejects.toMatchObject({
    message: "--decisions: There is no nowhere.json.",
    hint: "Name the file that report.html saves.",
  });
  await expect(applied(await saved([], [], { decisionsVersion: 2 }))).rejects.toThrow("holds no decisions");
});
