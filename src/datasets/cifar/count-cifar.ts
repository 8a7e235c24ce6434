import path from "node:path";
import { lookInside } from "../../files/inside.js";
import type { DatasetOnDisk } from "../about.js";
import { recordsIn } from "./binary-records.js";
import { type Cifar, findCifar } from "./layout.js";

/** Bytes an image takes in the official pickled files: pixels, a label and a file name. */
const PICKLED_BYTES = 3104;

/**
 * How many images the files of a CIFAR hold, by their sizes; roughly, where they are pickled.
 * @throws UserError when files are missing or cut short
 */
export async function countCifar(cifar: Cifar, datasetDir: string): Promise<DatasetOnDisk | undefined> {
  const found = await findCifar(cifar, datasetDir);
  if (found === undefined) return undefined;
  const { layout, directory } = found;
  const isPickled = layout.form === "pickled";
  const imagesIn = async (files: readonly string[]) => {
    let sum = 0;
    for (const file of files) {
      const { stats } = await lookInside(directory, file);
      sum += isPickled
        ? stats.size / PICKLED_BYTES
        : recordsIn(stats.size, cifar, path.join(directory, file));
    }
    return isPickled ? Math.round(Number(sum.toPrecision(3))) : sum;
  };
  return {
    path: directory,
    classes: cifar.classNames.length,
    train: await imagesIn(layout.trainFiles),
    test: await imagesIn([layout.testFile]),
    ...(isPickled && { isEstimate: true }),
  };
}
