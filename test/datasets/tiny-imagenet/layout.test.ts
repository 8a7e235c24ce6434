import { appendFile, mkdir, readFile, rename, rm, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import sharp from "sharp";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/errors.js";
import { withFolder } from "../cifar-files.js";
import {
  classId,
  flatJpeg,
  flatPng,
  imageFixture,
  levels,
  loadTiny,
  tinyFolder,
  validationLevel,
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
      "a bomb",
      async (root) => {
        const create = { width: 10_000, height: 5_001, channels: 3, background: "black" } as const;
        await writeFile(path.join(root, image), await sharp({ create }).png().toBuffer());
      },
      "_1.JPEG cannot be decoded (Input image exceeds pixel limit)",
    ],
    [
      "a class without images",
      (root) =>
        rm(path.join(root, image, ".."), { recursive: true }).then(() => mkdir(path.join(root, image, ".."))),
      `train has no image that can be read of class ${classId(1)}`,
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
      "a listed image that is missing",
      async (root) => {
        await rm(path.join(root, "val/images/val_2.JPEG"));
        await rm(path.join(root, "val/images/val_0.JPEG"));
      },
      "val_2.JPEG is listed in val_annotations.txt and is not there, and 1 image more cannot be used",
    ],
    [
      "no list beside the images",
      (root) => rm(path.join(root, lines)),
      "val_annotations.txt, which says the classes of the 3 images beside it, is not there",
    ],
    [
      "a list of nothing",
      (root) => writeFile(path.join(root, lines), "\n"),
      "val has no image that can be read of the 3 classes",
    ],
    [
      "no validation images",
      (root) => rm(path.join(root, "val/images"), { recursive: true }),
      "val has no image that can be read",
    ],
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
    ["all validation images", "val"],
    ["the list", "val/val_annotations.txt"],
    ["the list of classes", "wnids.txt"],
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

describe("as people have it", () => {
  /** Class folders of validation images in place of a list of them. @param inner where they lie in their folders */
  async function moveValidation(root: string, classes: number, inner: string): Promise<void> {
    for (let i = 0; i < classes; i++) {
      const folder = path.join(root, "val", classId(i), inner);
      await mkdir(folder, { recursive: true });
      await rename(path.join(root, `val/images/val_${i}.JPEG`), path.join(folder, `val_${i}.JPEG`));
    }
  }

  test.each(["", "images"])("validation images by class, in val/<class>/%s", (inner) =>
    withFolder(async (folder) => {
      const root = path.join(folder, tinyFolder);
      await writeTinyLayout(root, 3, 2);
      await moveValidation(root, 3, inner);
      // As scripts that move them leave it: the list, and an empty folder.
      const { dataset, native } = await loadTiny(folder);
      expect([...dataset.test.labels]).toEqual([0, 1, 2]);
      expect(levels(native.test)).toEqual([0, 1, 2].map(validationLevel));
      await rm(path.join(root, "val/images"), { recursive: true });
      await rm(path.join(root, "val/val_annotations.txt"));
      expect((await loadTiny(folder)).dataset.fingerprint).toBe(dataset.fingerprint);
      await rm(path.join(root, "val", classId(1)), { recursive: true });
      await expect(loadTiny(folder)).rejects.toThrow(
        `val has no image that can be read of class ${classId(1)}`,
      );
    }),
  );

  test("flat class folders, names of their own, no list of classes, another name of the whole", () =>
    withFolder(async (folder) => {
      const root = path.join(folder, "mine");
      for (const [label, name] of ["zebra", "ant"].entries())
        for (const part of ["train", "val"]) {
          await mkdir(path.join(root, part, name), { recursive: true });
          for (const k of [10, 9, 1])
            await writeFile(path.join(root, part, name, `pic${k}.png`), await flatPng(100 * label + k));
        }
      await writeFile(path.join(root, "train/notes.txt"), "");
      await writeFile(path.join(root, "train/ant/Thumbs.db"), "");
      const { dataset, native, lines } = await loadTiny(`${root}/`);
      expect(dataset.classNames).toEqual(["ant", "zebra"]);
      expect(levels(native.train)).toEqual([101, 109, 110, 1, 9, 10]);
      expect([...dataset.test.labels]).toEqual([0, 0, 0, 1, 1, 1]);
      expect(lines[0]).toMatch(
        /mine\/train: 2 files are not of a kind that is read and left out: train\/notes.txt, train\/ant\/Thumbs.db$/,
      );
    }));

  test("images of other sizes are resized, which is said", () =>
    withFolder(async (folder) => {
      await writeTinyLayout(path.join(folder, tinyFolder), 2, 2);
      const file = path.join(folder, tinyFolder, `train/${classId(1)}/images/${classId(1)}_0.JPEG`);
      await writeFile(file, await flatJpeg(77, { height: 65, width: 90 }));
      const { native, lines } = await loadTiny(folder);
      expect(levels(native.train)).toEqual([0, 1, 77, 17]);
      expect(lines).toContain("imagenet: 1 of 6 images are not 64x64: resized, and the middle taken");
    }));

  test("what belongs to no class is left out, which is said", () =>
    withFolder(async (folder) => {
      const root = path.join(folder, tinyFolder);
      await writeTinyLayout(root, 2, 1);
      await writeFile(path.join(root, "val/images/new.JPEG"), await flatJpeg(1));
      const listed = await loadTiny(folder);
      expect(listed.lines.join()).toContain("val: 1 file is not listed and left out: val/images/new.JPEG");
      await rm(path.join(root, "val/images/new.JPEG"));
      await moveValidation(root, 2, "");
      await mkdir(path.join(root, "val/other"));
      await writeFile(path.join(root, "val/other/new.JPEG"), await flatJpeg(1));
      const byClass = await loadTiny(folder);
      expect(byClass.lines.join()).toContain(
        "1 file is of no class of train and left out: val/other/new.JPEG",
      );
      expect(byClass.dataset.test.labels).toHaveLength(2);
    }));
});

test("bad files may be skipped: training, validation, and listed ones that are missing", () =>
  withFolder(async (folder) => {
    const root = path.join(folder, tinyFolder);
    await writeTinyLayout(root, 3, 3);
    const more = `val_3.JPEG\t${classId(1)}\n`;
    await appendFile(path.join(root, "val/val_annotations.txt"), more);
    await writeFile(path.join(root, `train/${classId(1)}/images/${classId(1)}_0.JPEG`), "no image");
    const { dataset, native, lines } = await loadTiny(folder, undefined, "skip");
    expect([...dataset.train.labels]).toEqual([0, 0, 0, 1, 1, 2, 2, 2]);
    expect(levels(native.train)).toEqual([0, 1, 2, 17, 18, 32, 33, 34]);
    expect([...dataset.test.labels]).toEqual([2, 1, 0]);
    expect(lines.join()).toContain("Tiny-ImageNet: 2 of 13 images are skipped; ");
    const list = await readFile(path.join(folder, "decoded/imagenet.skipped.tsv"), "utf8");
    expect(list.split("\n")).toEqual([
      "val/images/val_3.JPEG\tis listed in val_annotations.txt and is not there",
      expect.stringMatching(/_0\.JPEG\tis no JPEG, PNG, /),
      "",
    ]);
    for (const k of [1, 2])
      await writeFile(path.join(root, `train/${classId(1)}/images/${classId(1)}_${k}.JPEG`), "");
    await expect(loadTiny(folder, undefined, "skip")).rejects.toThrow(`of class ${classId(1)}`);
  }));

test("when more than half of the listed images are missing, that is an error all the same", () =>
  withFolder(async (folder) => {
    const root = path.join(folder, tinyFolder);
    await writeTinyLayout(root, 3, 10);
    for (const i of [4, 5, 6, 7])
      await appendFile(path.join(root, "val/val_annotations.txt"), `val_${i}.JPEG\t${classId(0)}\n`);
    await expect(loadTiny(folder, undefined, "skip")).rejects.toThrow(
      /4 of 7 images of .* cannot be used, such as val\/images\/val_4\.JPEG, which is listed in /,
    );
  }));
