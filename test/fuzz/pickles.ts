import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { readCifar } from "../../src/datasets/cifar/cifar.js";
import { cifar10 } from "../../src/datasets/cifar/cifar10.js";
import { findCifar } from "../../src/datasets/cifar/layout.js";
import { UserError } from "../../src/errors.js";
import { readPickledTensor } from "../../src/store/pytorch/pickled-tensor.js";
import { readPytorch } from "../../src/store/pytorch/read-pytorch.js";
import { writePytorch } from "../../src/store/pytorch/write-pytorch.js";
import type { StateDict } from "../../src/store/state-dict.js";
import { binaryBatch, writeBinaryLayout, writePickleLayout } from "../datasets/cifar-files.js";
import { fixtures } from "./fixtures.js";
import type { Target, TargetFactory } from "./fuzz.js";

/** A target whose reader takes a path. */
export function fileTarget(
  path: string,
  seeds: readonly Buffer[],
  read: (path: string) => Promise<unknown>,
): Target {
  return {
    seeds,
    async read(input) {
      await writeFile(path, input);
      return read(path);
    },
  };
}

const torchSeeds = [
  ...["tiny_cnn.pth", "dtypes.pth", "dtypes_protocol4.pt", "views.pth", "checkpoint.pth"],
  ...["values.pth", "values_protocol4.pth", "lightning.ckpt"],
];
const legacySeeds = [
  ...["tiny_cnn_legacy.pth", "dtypes_legacy.pth", "views_legacy.pth", "legacy_protocol4.pth"],
  ...["dumped.pkl", "dumped_levels.pkl"],
];

/** PyTorch's zip format, with a file of our own among the seeds. */
export const torchZip: TargetFactory = async (folder) => {
  const path = join(folder, "model.pth");
  const state: StateDict = new Map([
    ["a", { shape: [2, 3], data: Float32Array.of(1, 2, 3, 4, 5, 6) }],
    ["n", { shape: [], data: Float32Array.of(7), dtype: "int64" }],
  ]);
  await writePytorch(path, state);
  const names = [...torchSeeds, "adam.pth"].map((name) => `pytorch/${name}`);
  const seeds = [await readFile(path), ...(await fixtures(...names))];
  const material = await fixtures("pytorch/evil.pth", "pytorch/whole_model.pth");
  return { ...fileTarget(path, seeds, readPytorch), material };
};

/** The format of before PyTorch 1.6, alone and in a pickle of tensors. */
export const torchLegacy: TargetFactory = async (folder) => {
  const seeds = await fixtures(...legacySeeds.map((name) => `pytorch/${name}`));
  const material = await fixtures("pytorch/evil_legacy.pth");
  return { ...fileTarget(join(folder, "model.pth"), seeds, readPytorch), material };
};

/** One batch file of CIFAR-10 among five good ones, pickled or binary. */
export const cifar: TargetFactory = async (folder) => {
  const places = ["cifar-10-batches-py", "cifar-10-batches-bin"].map((name) => join(folder, name, name));
  await writePickleLayout(places[0], "python2");
  await writeBinaryLayout(places[1]);
  const pickles = ["python2", "python3-protocol2", "python3-protocol5", "numpy-array", "numpy-integers"].map(
    (name) => `cifar-${name}.pickle`,
  );
  const seeds = [...(await fixtures(...pickles)), Buffer.from(binaryBatch([1, 2]))];
  return {
    seeds,
    async read(input, seed) {
      const directory = places[seed < pickles.length ? 0 : 1];
      const name = seed < pickles.length ? "data_batch_3" : "data_batch_3.bin";
      await writeFile(join(directory, name), input);
      const found = await findCifar(cifar10, directory);
      if (found === undefined) throw new UserError(`There is no ${basename(directory)}.`, "Write it.");
      return readCifar(found);
    },
  };
};

/** A trigger as the original saved it. */
export const narcissus: TargetFactory = async (folder) =>
  fileTarget(join(folder, "trigger.pkl"), await fixtures("narcissus_trigger_3_16.pkl"), readPickledTensor);
