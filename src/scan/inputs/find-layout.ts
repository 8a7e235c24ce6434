import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { OnBadImage } from "../../datasets/bad-files.js";
import { UserError } from "../../errors.js";
import { exists } from "../../files/exists.js";
import { shownPath } from "../../files/shown-path.js";
import type { Reporter } from "../../reporter.js";
import { listFolders } from "./class-folders.js";
import type { Listing } from "./listing.js";
import { listMetadata, metadataNames } from "./metadata.js";

interface Options {
  readonly onBadImage: OnBadImage;
  readonly reporter: Reporter;
}

const layouts =
  "Read are: a folder of class folders of images; metadata.csv or metadata.jsonl (docs/scan.md says how each looks).";

/**
 * Lists the images of a data set, whose layout is told by the names of its files.
 * @param path of a folder, or of a file that holds or lists images
 * @throws UserError when it is nothing that is read, or cannot be used
 */
export async function listData(path: string, options: Options): Promise<Listing> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new UserError(`There is no ${shownPath(path)}.`, layouts, { cause });
  });
  if (info.isDirectory()) return listFolder(await realpath(path), options);
  const folder = await realpath(dirname(path));
  if (/\.(csv|jsonl)$/i.test(path)) return listMetadata(folder, basename(path), options.reporter);
  throw new UserError(`${shownPath(path)} is nothing that a scan reads.`, layouts);
}

async function listFolder(root: string, options: Options): Promise<Listing> {
  for (const below of ["", "train"])
    for (const name of metadataNames)
      if (await exists(join(root, below, name)))
        return listMetadata(root, join(below, name), options.reporter);
  return listFolders(root, options);
}
