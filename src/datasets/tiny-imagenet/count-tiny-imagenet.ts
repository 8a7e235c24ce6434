import type { DatasetOnDisk } from "../about.js";
import { drawClasses } from "./draw-classes.js";
import { findTinyImagenet, listClassIds, listTraining, listValidation } from "./layout.js";

/**
 * How many images of the classes that are used the folders hold, by their listings.
 * @throws UserError when classes or images are missing
 */
export async function countTinyImagenet(datasetDir: string): Promise<DatasetOnDisk | undefined> {
  const root = await findTinyImagenet(datasetDir);
  if (root === undefined) return undefined;
  const ids = drawClasses(await listClassIds(root));
  const [train, test] = [await listTraining(root, ids), await listValidation(root, ids)];
  return { path: root, classes: ids.length, train: train.labels.length, test: test.labels.length };
}
