import { readdir } from "node:fs/promises";
import { join, posix } from "node:path";
import { shownPath } from "../../files/shown-path.js";
import type { Reporter } from "../../reporter.js";

/** Where files of a data set lie in its folder. */
const places = ["", "data", "train"];

/**
 * The files of a data set that holds many images in each, by name; of such as are named after parts (`train-00000.tar`, `test-…`) those
 * for training.
 * @param root real path of the folder
 * @returns paths from the root; none when there are no such files
 */
export async function trainingFiles(root: string, ending: RegExp, reporter: Reporter): Promise<string[]> {
  for (const place of places) {
    const names = (await readdir(join(root, place)).catch(() => [])).filter((name) => ending.test(name));
    if (names.length === 0) continue;
    const isOfPart = (name: string) => /^(train|test|val|valid|validation|dev)(?![a-z])/i.test(name);
    const isTraining = (name: string) => /^train(?![a-z])/i.test(name);
    const hasTraining = names.some(isTraining);
    const wanted = names.filter((name) => !hasTraining || isTraining(name) || !isOfPart(name)).sort();
    if (wanted.length < names.length)
      reporter.info(
        `${shownPath(join(root, place))}: ${names.length - wanted.length} files of other parts than train are not read`,
      );
    return wanted.map((name) => posix.join(place, name));
  }
  return [];
}
