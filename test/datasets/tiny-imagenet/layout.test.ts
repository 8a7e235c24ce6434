import { mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/errors.js";
import { withFolder } from "../cifar-files.js";
import {
  classId,
  flatJpeg,
  imageFixture,
  loadTiny,
  tinyFolder,
  writeTinyLayout,
} from "../tiny-imagenet-files.js";

describe("what cannot be used is named", () => {
  const image = `train/${classId(1)}/images/${classId(1)}_1.JPEG`;
  const lines = "val/val_annotations.txt";

  test.each<[string, (root: string) => Promise<unknown>, string]>([
    ["a text", (root) => writeFile(path.join(root, image), "no image"), "_1.JPEG is no JPEG, PNG"],
    ["an empty image", (root) => writeFile(path.join(root, image), ""), "_1.JPEG has 0 bytes"],
    [
      "a vector image that names other files",
      (root) => writeFile(path.join(root, image), '<svg><image href="/etc/passwd"/></svg>'),
      "_1.JPEG is no JPEG, PNG",
    ],
    [
      "a cut image",
      async (root) =>
        writeFile(path.join(root, image), (await readFile(imageFixture("colour.jpeg"))).subarray(0, 900)),
      "_1.JPEG cannot be decoded (",
    ],
    [
      "another size",
      async (root) => writeFile(path.join(root, image), await flatJpeg(1, { height: 64, width: 65 })),
      "_1.JPEG is 65x64, not 64x64 pixels",
    ],
    [
      "a bomb",
      async (root) => writeFile(path.join(root, image), await flatJpeg(1, { height: 1001, width: 1000 })),
      "_1.JPEG cannot be decoded (Input image exceeds pixel limit)",
    ],
    [
      "a large file",
      async (root) =>
        writeFile(path.join(root, image), Buffer.concat([await flatJpeg(1), Buffer.alloc(1e6)])),
      "_1.JPEG has 1",
    ],
    ["another name", (root) => writeFile(path.join(root, image, "../x.JPEG"), ""), "x.JPEG is not named"],
    [
      "a class without images",
      (root) =>
        rm(path.join(root, image, ".."), { recursive: true }).then(() => mkdir(path.join(root, image, ".."))),
      "images has no images",
    ],
    [
      "a class that is missing",
      (root) => rm(path.join(root, "train", classId(1)), { recursive: true }),
      `lacks 1 of the 3 classes of wnids.txt, such as "${classId(1)}"`,
    ],
    [
      "a line of the list that leads elsewhere",
      (root) => writeFile(path.join(root, lines), `../../x.JPEG\t${classId(0)}\n`),
      'line 1 names the file "../../x.JPEG"',
    ],
    [
      "a hidden way elsewhere",
      (root) =>
        writeFile(path.join(root, lines), `val_0.JPEG\t${classId(0)}\nimages/..\\x.JPEG\t${classId(0)}\n`),
      "line 2 names the file",
    ],
    [
      "a list of nothing",
      (root) => writeFile(path.join(root, lines), "\n"),
      "val has no images of the classes",
    ],
    ["no validation images", (root) => rm(path.join(root, "val/images"), { recursive: true }), "val/images"],
  ])("%s", (_, spoil, message) =>
    withFolder(async (folder) => {
      const root = path.join(folder, tinyFolder);
      await writeTinyLayout(root, 3, 2);
      await spoil(root);
      const error = await loadTiny(folder).catch((thrown: unknown) => thrown);
      if (!(error instanceof UserError)) throw error;
      expect(error.message).toContain(message);
      expect(error.hint).not.toBe("");
    }),
  );

  test.each([
    ["an image", `train/${classId(1)}/images/${classId(1)}_1.JPEG`],
    ["a folder of images", `train/${classId(1)}/images`],
    ["a class", `train/${classId(1)}`],
    ["all classes", "train"],
    ["the list", "val/val_annotations.txt"],
    ["a validation image", "val/images/val_2.JPEG"],
  ])("%s behind a link that leads out of the folder", (_, relative) =>
    withFolder(async (folder) => {
      const root = path.join(folder, tinyFolder);
      await writeTinyLayout(root, 3, 2);
      const outside = path.join(folder, "outside");
      await rename(path.join(root, relative), outside);
      await symlink(outside, path.join(root, relative));
      const error = await loadTiny(folder).catch((thrown: unknown) => thrown);
      if (!(error instanceof UserError)) throw error;
      expect(error.message).toMatch(/ is a link to .*outside, outside .*tiny-imagenet-200\.$/);
    }),
  );
});
