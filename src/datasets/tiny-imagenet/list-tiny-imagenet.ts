import type { BadFile } from "../list-images.js";
import { drawClasses } from "./draw-classes.js";
import { firstOfEach, type LabelledFiles, type ListOptions, listTrainingClasses } from "./training.js";
import { listValidation } from "./validation.js";

/** The images of the classes that are used. */
interface TinyImagenetFiles {
  /** All class ids, ascending. */
  readonly ids: readonly string[];
  /** Of those, the classes that are used; class i is label i. */
  readonly classNames: readonly string[];
  readonly train: LabelledFiles;
  readonly test: LabelledFiles;
  /** What cannot be used. */
  readonly bad: readonly BadFile[];
}

/**
 * Lists the images of the classes that are used; opens none.
 * @param root real path of the folder with `train` and `val`
 * @throws UserError when classes or images are missing
 */
export async function listTinyImagenet(root: string, options: ListOptions): Promise<TinyImagenetFiles> {
  const { perClass } = options;
  const training = await listTrainingClasses(root, options);
  const classOf = new Map(training.classes.map((one) => [one.name, one]));
  const ids = [...classOf.keys()];
  const classNames = drawClasses(ids);
  const train = firstOfEach(classOf, classNames, perClass?.train);
  const test = await listValidation(root, classNames, new Set(ids), options);
  return { ids, classNames, train, test, bad: [...training.bad, ...test.bad] };
}
