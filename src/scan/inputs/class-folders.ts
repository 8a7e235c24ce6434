import type { OnBadImage } from "../../datasets/bad-files.js";
import { listClassFolders } from "../../datasets/list-class-folders.js";
import { shownPath } from "../../files/shown-path.js";
import type { Reporter } from "../../reporter.js";
import type { Listing } from "./listing.js";

/** A folder of class folders, or one that is divided into `train` and other parts. @throws UserError as `listClassFolders` */
export async function listFolders(
  folder: string,
  options: { readonly onBadImage: OnBadImage; readonly reporter: Reporter },
): Promise<Listing> {
  const { root, below, classes, bad } = await listClassFolders(folder, options);
  if (below !== "")
    options.reporter.info(
      `${shownPath(root)} is divided: what is in ${below} is read, what is beside it is not`,
    );
  return {
    layout: "class folders",
    root,
    names: classes.flatMap(({ images }) => images),
    labels: Int32Array.from(classes.flatMap(({ images }, label) => images.map(() => label))),
    classNames: classes.map(({ name }) => name),
    content: { kind: "files", bad },
  };
}
