import { mkdir, mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import type { AttackInput } from "../../../src/attacks/attack.js";
import { syntheticDataset } from "../../../src/datasets/synthetic/synthetic.js";
import { createRng } from "../../../src/random/rng.js";
import { silentReporter } from "../../../src/reporter.js";

export const dataset = syntheticDataset({ seed: 1, trainPerClass: 12, testPerClass: 3 });
export const target = 3;

/** A new folder with four outside images in two classes; the caller removes it. */
export async function outsideFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "poisonspot-test-"));
  const rng = createRng("outside");
  for (let i = 0; i < 4; i++) {
    const values = Uint8Array.from({ length: 40 * 40 * 3 }, () => rng.int(256));
    const path = join(folder, `class ${i % 2}`);
    await mkdir(path, { recursive: true });
    await sharp(values, { raw: { width: 40, height: 40, channels: 3 } }).toFile(join(path, `${i}.png`));
  }
  return folder;
}

/** Options for seconds of crafting. */
export const small = { surrogate: "ResNet8", surrogate_epochs: 1, warmup_epochs: 1, rounds: 2, batch: 8 };

/** @param folder for the dataset and the cache */
export function narcissusInput(folder: string, changes: Partial<AttackInput> = {}): AttackInput {
  const notNeeded = async () => {
    throw new Error("Narcissus needs no clean model.");
  };
  return {
    dataset,
    targetClass: target,
    sourceClass: 0,
    poisonShareOfTargetClass: 0.5,
    eps255: 16,
    vis: 255,
    randomPlacement: false,
    options: small,
    cleanModel: notNeeded,
    cleanModelHash: notNeeded,
    newModel: () => {
      throw new Error("Narcissus has a network of its own.");
    },
    rng: createRng("attack"),
    onPoisonsChosen: () => {},
    datasetDir: folder,
    cacheDir: join(folder, "poisons"),
    checkpointSeconds: 1000,
    reporter: silentReporter,
    ...changes,
  };
}

/** Everything a run says: lines, and the labels of its bars. */
export function listener() {
  const lines: string[] = [];
  const bars: string[] = [];
  const progress = (label: string) => {
    bars.push(label);
    return silentReporter.progress("", 0);
  };
  return {
    lines,
    bars,
    reporter: { ...silentReporter, info: (line: string) => void lines.push(line), progress },
  };
}
