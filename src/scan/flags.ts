import { engineChoices, precisions } from "../engine/engine.js";
import { modelNames } from "../models/registry.js";

interface ScanFlag {
  /** What stands for the value in help. */
  readonly value: string;
  readonly help: string;
  /** As the user would type it. */
  readonly default?: string;
}

/** Every flag of a scan. Help and validation read this table; it loads nothing. */
export const scanFlags = {
  trusted: {
    value: "<path>",
    help: "images known to be clean: a folder with the same classes, or a list (.txt, .csv) of images of the data; without any, images are ranked alone",
  },
  pick_reference: {
    value: "<n>",
    help: "write reference.txt, n images drawn at random over the classes: those that you find clean may be trusted",
  },
  out: { value: "<dir>", default: "./scan/", help: "where results and progress go" },
  size: {
    value: "<pixels>",
    help: "side to which images are brought (32, 64, 96, 128 or 224, by the images)",
  },
  on_bad_image: {
    value: "<what>",
    default: "error",
    help: "error: stop at an image that cannot be used; skip: leave it out, with a list",
  },
  model: { value: "<name>", default: "ResNet8", help: modelNames.join(", ") },
  epochs: { value: "<n>", default: "20", help: "epochs of training" },
  bs: { value: "<n>", default: "128", help: "batch size of training" },
  lr: { value: "<rate>", default: "0.05", help: "learning rate of training (SGD, cosine)" },
  splits: {
    value: "<n>",
    default: "5",
    help: "random splits of the trusted images, over which findings are averaged",
  },
  fdr: {
    value: "<share>",
    default: "0.1",
    help: "share of the flagged images that may be clean, on average",
  },
  level: { value: "<p>", default: "0.05", help: "chance of a false alarm, over all classes" },
  at_least: {
    value: "<n>",
    help: "inconclusive (exit code 4) where a class has too few trusted images to notice so many poisons",
  },
  reference_poison: {
    value: "<n>",
    help: "say what would become of evidence and flags if up to so many trusted images of each class were poison",
  },
  decisions: {
    value: "<file>",
    help: "what a reviewer has saved from report.html: trusted images struck, flagged ones kept",
  },
  report_dir: {
    value: "<dir>",
    help: "write report.html there once more, with its style, script and images as separate files",
  },
  fail_on: { value: "<when>", default: "evidence", help: "exit with code 3 on evidence, or never" },
  global_seed: { value: "<n>", default: "545", help: "seed of every random draw" },
  checkpoint_seconds: {
    value: "<n>",
    default: "120",
    help: "how often an unfinished training is saved, beside after every epoch",
  },
  engine: { value: "<name>", default: "auto", help: engineChoices.join(", ") },
  precision: {
    value: "<name>",
    default: "float32",
    help: `${precisions.join(", ")}; mixed keeps much of a training pass in 16 bits, on the engine webgpu alone, and gives other numbers`,
  },
  gpu_id: { value: "<n>", default: "0", help: "which GPU to use, where there is one" },
} as const satisfies Record<string, ScanFlag>;

export type ScanFlagName = keyof typeof scanFlags;
export const scanFlagNames = Object.keys(scanFlags) as readonly ScanFlagName[];

/** Flags as typed. */
export type RawScanFlags = { readonly [K in ScanFlagName]?: string };
