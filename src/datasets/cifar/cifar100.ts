import type { LoadOptions } from "../about.js";
import { cifar100Folder } from "./about.js";
import { cifarArchive } from "./archive.js";
import { countCifar } from "./count-cifar.js";
import type { Cifar } from "./layout.js";
import { loadCifar } from "./load-cifar.js";

/** The "fine" labels, as `fine_label_names.txt` lists them; the twenty "coarse" ones are not used. */
const classNames = `
  apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle
  bowl boy bridge bus butterfly camel can castle caterpillar cattle
  chair chimpanzee clock cloud cockroach couch crab crocodile cup dinosaur
  dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard
  lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle mountain
  mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree
  plain plate poppy porcupine possum rabbit raccoon ray road rocket
  rose sea seal shark shrew skunk skyscraper snail snake spider
  squirrel streetcar sunflower sweet_pepper table tank telephone television tiger tractor
  train trout tulip turtle wardrobe whale willow_tree wolf woman worm
`
  .trim()
  .split(/\s+/);

export const cifar100: Cifar = {
  name: "CIFAR100",
  title: "CIFAR-100",
  classNames,
  layouts: [
    { form: "binary", folder: cifar100Folder, trainFiles: ["train.bin"], testFile: "test.bin" },
    { form: "pickled", folder: "cifar-100-python", trainFiles: ["train"], testFile: "test" },
  ],
  labelBytes: 2,
  labelKey: "fine_labels",
};

export const cifar100Archive = cifarArchive(
  cifar100,
  {
    url: "https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    bytes: 168_513_733,
    sha256: "58a81ae192c23a4be8b1804d68e518ed807d710a4eb253b1f2a199162a40d8ec",
  },
  ["coarse_label_names.txt", "fine_label_names.txt", "batches.meta.txt", "readme.html"],
);

export const countCifar100 = (datasetDir: string) => countCifar(cifar100, datasetDir);
export const loadCifar100 = (options: LoadOptions) => loadCifar(cifar100, cifar100Archive, options);
