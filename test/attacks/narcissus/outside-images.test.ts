import { copyFile, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { outsideImages } from "../../../src/attacks/narcissus/outside-images.js";
import { UserError } from "../../../src/errors.js";
import { temporaryFolder } from "../../store/temporary-folder.js";
import { dataset, narcissusInput, outsideFolder } from "./narcissus-input.js";

test("without a folder: painted images for the synthetic dataset, a word on what to do for others", async () => {
  const folder = await temporaryFolder();
  const options = { pood: "", pood_images: 100_000 };
  const painted = await outsideImages(narcissusInput(folder), options, 2);
  expect([painted.classes, painted.set.labels.length]).toEqual([20, 40]);
  const other = narcissusInput(folder, { dataset: { ...dataset, outsideImages: undefined } });
  const error = await outsideImages(other, options, 2).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(error).toMatchObject({ hint: expect.stringContaining(join(folder, "tiny-imagenet-200")) });
  expect(error).toMatchObject({ hint: expect.stringContaining("--attack_opt pood=DIR") });
  const outside = await outsideFolder();
  onTestFinished(() => rm(outside, { recursive: true }));
  for (const id of ["n01", "n02"]) {
    const images = join(folder, "tiny-imagenet-200", "train", id, "images");
    await mkdir(images, { recursive: true });
    await copyFile(join(outside, "class 0", "0.png"), join(images, `${id}_0.png`));
  }
  const found = await outsideImages(other, options, 2);
  expect([found.classes, found.set.labels.length, found.set.pixels.height]).toEqual([2, 2, 32]);
});
