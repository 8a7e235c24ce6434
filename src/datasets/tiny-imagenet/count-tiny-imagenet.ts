import { silentReporter } from "../../reporter.js";
import type { DatasetOnDisk } from "../about.js";
import type { OnBadImage } from "../bad-files.js";
import { findTinyImagenet } from "./layout.js";
import { listTinyImagenet } from "./list-tiny-imagenet.js";

/**
 * How many images of the classes that are used the folders hold, by their listings.
 * @throws UserError when classes or images are missing
 */
export async function countTinyImagenet(
  datasetDir: string,
  onBadImage: OnBadImage = "error",
): Promise<DatasetOnDisk | undefined> {
  const root = await findTinyImagenet(datasetDir);
  if (root === undefined) return undefined;
  const { classNames, train, test } = await listTinyImagenet(root, { onBadImage, reporter: silentReporter });
  return { path: root, classes: classNames.length, train: train.labels.length, test: test.labels.length };
}
