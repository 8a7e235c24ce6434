import path from "node:path";
import { unpackZipFolder } from "../../files/unpack-zip.js";
import type { DatasetArchive } from "../fetch-archive.js";
import { tinyImagenetFolder } from "./about.js";

/** 110,000 images of about 2 kB and their lists, with room. */
const MAX_UNPACKED_BYTES = 500e6;
/** The largest, words.txt, has 2.7 MB. */
const MAX_FILE_BYTES = 20e6;

/** Training and validation images and the lists; boxes, and the test images, which have no labels, are left out. */
const wanted =
  /^(wnids\.txt|words\.txt|train\/(n\d+)\/images\/\2_\d+\.JPEG|val\/val_annotations\.txt|val\/images\/val_\d+\.JPEG)$/;

/** The official archive. */
export const tinyImagenetArchive: DatasetArchive = {
  title: "Tiny-ImageNet",
  file: "tiny-imagenet-200.zip",
  remote: {
    url: "https://cs231n.stanford.edu/tiny-imagenet-200.zip",
    bytes: 248_100_043,
    sha256: "6198c8ae015e2b3e007c7841da39ec069199b9aa3bfa943a462022fe5e43c821",
  },
  unpack: (archive, datasetDir, options) =>
    unpackZipFolder(archive, datasetDir, {
      ...options,
      title: "Tiny-ImageNet",
      folder: tinyImagenetFolder,
      wanted,
      maxBytes: MAX_UNPACKED_BYTES,
      maxFileBytes: MAX_FILE_BYTES,
    }),
  byHand: (datasetDir) =>
    `${path.join(datasetDir, tinyImagenetFolder)}/ (wnids.txt, train/<class id>/images/*.JPEG, val/val_annotations.txt, val/images/*.JPEG)`,
};
