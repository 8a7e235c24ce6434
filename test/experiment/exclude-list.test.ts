import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { memoryPixels } from "../../src/datasets/pixels.js";
import { readExcludeList } from "../../src/experiment/exclude-list.js";
import { writeScoreTable } from "../../src/experiment/score-table.js";
import { writeIndices } from "../../src/store/indices.js";
import { temporaryFolder } from "../store/temporary-folder.js";

let folder: string;
beforeEach(async () => {
  folder = await temporaryFolder();
});

const detection = {
  scores: {
    sampleIds: Int32Array.of(1, 4, 7),
    scores: Float64Array.of(0.2, 0.9, 0.6),
    cleanIds: new Int32Array(),
    cleanScores: new Float64Array(),
    rowScores: new Float64Array(),
    importances: new Float64Array(1),
    keptFeatures: Int32Array.of(0),
  },
  thresholds: [
    { name: "KMeans" as const, value: 0.5 },
    { name: "Gaussian" as const, value: 0.7 },
  ],
};

/** A table whose first image comes from a file with a hostile name. */
async function table(): Promise<string> {
  const path = join(folder, "scores.csv");
  const names = ["a", '=cmd|"x"!A1', "c", "d", "+1.png", "e", "f", "train/n1,2.JPEG"];
  const train = {
    pixels: memoryPixels(new Uint8Array(8), { height: 1, width: 1, channels: 1 }),
    labels: Int32Array.of(0, 1, 0, 0, 1, 0, 0, 1),
    sourceOf: (row: number) => names[row],
  };
  const dataset = { train, classNames: ["cat", "-dog"] };
  const truth = { allPoisonIds: Int32Array.of(4) };
  await writeScoreTable(path, { detection, excluded: Int32Array.of(4, 7), dataset, truth });
  return path;
}

test("every suspect by rank, with where it came from; nothing in it is a formula", async () => {
  expect(await readFile(await table(), "utf8")).toBe(
    [
      "index,image,label,class,score,KMeans,Gaussian,poison,excluded",
      "4,'+1.png,1,'-dog,0.900000,1,1,1,1",
      '7,"train/n1,2.JPEG",1,\'-dog,0.600000,1,0,0,1',
      '1,"\'=cmd|""x""!A1",1,\'-dog,0.200000,0,0,0,0',
      "",
    ].join("\n"),
  );
});

describe("what is excluded by hand", () => {
  test("the table as it is, and edited", async () => {
    const path = await table();
    expect(await readExcludeList(path, 8)).toEqual(Int32Array.of(4, 7));
    const edited = (await readFile(path, "utf8"))
      .replace(/^(7.*),1$/m, "$1,0")
      .replace(/^(1.*),0$/m, "$1,TRUE");
    await writeFile(path, `\uFEFF${edited.replaceAll("\n", "\r\n")}`);
    expect(await readExcludeList(path, 8)).toEqual(Int32Array.of(1, 4));
  });

  test("an index a line, and a .npy", async () => {
    const text = join(folder, "list.txt");
    await writeFile(text, "# found by eye\n7\n\n2 # doubtful\n7\n");
    expect(await readExcludeList(text, 8)).toEqual(Int32Array.of(2, 7));
    const npy = join(folder, "list.npy");
    await writeIndices(npy, Int32Array.of(5, 3));
    expect(await readExcludeList(npy, 8)).toEqual(Int32Array.of(3, 5));
  });

  test.each([
    ["9\n", "9 is no training image (there are 8, counted from 0)"],
    ["-1\n", "NaN is no training image"],
    ["index,score\n1,0.5\n", 'its first line has no column "excluded"'],
    ["index,excluded\n1,maybe\n", 'line 2 has "maybe" in the column "excluded", not 0 or 1'],
    ['index,excluded\n"1,1\n', "a quoted cell does not end"],
  ])("%j: %s", async (text, message) => {
    const path = join(folder, "list.csv");
    await writeFile(path, text);
    const refused = readExcludeList(path, 8);
    await expect(refused).rejects.toMatchObject({
      name: "UserError",
      message: expect.stringContaining(message),
    });
  });

  test("a file that is not there", async () => {
    await expect(readExcludeList(join(folder, "no.csv"), 8)).rejects.toMatchObject({ name: "UserError" });
  });
});
