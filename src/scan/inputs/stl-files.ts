import { readStl10Part, stl10Classes } from "../../datasets/stl10/stl10.js";
import { type Listing, listed } from "./listing.js";

/**
 * A part of STL-10's labelled images.
 * @param root of the folder with its files
 * @throws UserError naming the file that cannot be used
 */
export async function listStl(root: string, part: "train" | "test"): Promise<Listing> {
  const { pixels, labels } = await readStl10Part(root, part);
  const items = Array.from(labels, (label, i) => ({
    name: `${part}_X.bin#${i}`,
    label: stl10Classes[label],
  }));
  const files = [`${part}_X.bin`, `${part}_y.bin`];
  return { layout: "STL-10", root, files, ...listed(items), content: { kind: "pixels", pixels } };
}
