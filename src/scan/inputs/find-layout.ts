import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { OnBadImage } from "../../datasets/bad-files.js";
import { UserError } from "../../errors.js";
import { exists } from "../../files/exists.js";
import { shownPath } from "../../files/shown-path.js";
import type { Run } from "../../run.js";
import { listCifarFile, listCifarFolder } from "./cifar-files.js";
import { listFolders } from "./class-folders.js";
import type { Listing } from "./listing.js";
import { listMetadata, metadataNames } from "./metadata.js";
import { imagesName, listArrays } from "./npy-arrays.js";
import { listParquet } from "./parquet.js";
import { listStl } from "./stl-files.js";
import { listShards } from "./tar-shards.js";
import { trainingFiles } from "./training-files.js";

interface Options extends Run {
  readonly onBadImage: OnBadImage;
}

const parquetEnding = /\.parquet$/i;
const tarEnding = /\.tar$/i;

const layouts =
  "Read are: a folder of class folders of images; metadata.csv or metadata.jsonl; images.npy beside labels.npy; Parquet files; WebDataset shards (.tar, not compressed); files of CIFAR-10, CIFAR-100 and STL-10 (docs/scan.md says how each looks).";

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
  const [folder, name] = [await realpath(dirname(path)), basename(path)];
  if (/\.(csv|jsonl)$/i.test(name)) return listMetadata(folder, name, options.reporter);
  if (/\.npy$/i.test(name)) return listArrays(folder, name);
  if (parquetEnding.test(name)) return listParquet(folder, [name], options);
  if (tarEnding.test(name)) return listShards(folder, [name], options);
  const part = /^(train|test)_X\.bin$/.exec(name)?.[1];
  if (part === "train" || part === "test") return listStl(folder, part);
  const cifar = await listCifarFile(join(folder, name));
  if (cifar) return cifar;
  if (/\.(zip|7z|rar|tgz|tar\.\w+)$/i.test(name))
    throw new UserError(`${shownPath(path)} is packed.`, `Unpack it and name the folder. ${layouts}`);
  throw new UserError(`${shownPath(path)} is nothing that a scan reads.`, layouts);
}

async function listFolder(root: string, options: Options): Promise<Listing> {
  for (const below of ["", "train"])
    for (const name of metadataNames)
      if (await exists(join(root, below, name)))
        return listMetadata(root, join(below, name), options.reporter);
  if (await exists(join(root, imagesName))) return listArrays(root);
  if (await exists(join(root, "train_X.bin"))) return listStl(root, "train");
  const parquet = await trainingFiles(root, parquetEnding, options.reporter);
  if (parquet.length > 0) return listParquet(root, parquet, options);
  const shards = await trainingFiles(root, tarEnding, options.reporter);
  if (shards.length > 0) return listShards(root, shards, options);
  return (await listCifarFolder(root, options.reporter)) ?? listFolders(root, options);
}
