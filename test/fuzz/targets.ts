import { tar, zip } from "./archives.js";
import { npy, safetensors, zarr } from "./arrays.js";
import type { TargetFactory } from "./fuzz.js";
import { images } from "./images.js";
import { cifar, narcissus, torchLegacy, torchZip } from "./pickles.js";
import { csv, json } from "./texts.js";

/** Every reader of files that may be damaged or come from strangers. */
export const targets = {
  "torch-zip": torchZip,
  "torch-legacy": torchLegacy,
  cifar,
  narcissus,
  npy,
  safetensors,
  zarr,
  zip,
  tar,
  images,
  csv,
  json,
} as const satisfies Record<string, TargetFactory>;
export type TargetName = keyof typeof targets;
