import type { LoadOptions } from "../about.js";
import { cifar10Folder } from "./about.js";
import { cifarArchive } from "./archive.js";
import { countCifar } from "./count-cifar.js";
import type { Cifar } from "./layout.js";
import { loadCifar } from "./load-cifar.js";

const numbers = [1, 2, 3, 4, 5];

export const cifar10: Cifar = {
  name: "CIFAR10",
  title: "CIFAR-10",
  classNames: ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
  layouts: [
    {
      form: "binary",
      folder: cifar10Folder,
      trainFiles: numbers.map((number) => `data_batch_${number}.bin`),
      testFile: "test_batch.bin",
    },
    {
      form: "pickled",
      folder: "cifar-10-batches-py",
      trainFiles: numbers.map((number) => `data_batch_${number}`),
      testFile: "test_batch",
    },
  ],
  labelBytes: 1,
  labelKey: "labels",
};

export const cifar10Archive = cifarArchive(
  cifar10,
  {
    url: "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",
    bytes: 170_052_171,
    sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
  },
  ["batches.meta.txt", "readme.html"],
);

export const countCifar10 = (datasetDir: string) => countCifar(cifar10, datasetDir);
export const loadCifar10 = (options: LoadOptions) => loadCifar(cifar10, cifar10Archive, options);
