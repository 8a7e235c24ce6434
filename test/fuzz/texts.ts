import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chosenImageCache } from "../../src/attacks/crafting/image-cache.js";
import { triggerCache } from "../../src/attacks/narcissus/trigger-cache.js";
import { decodedPixels } from "../../src/datasets/decoded-cache.js";
import { appendResult, readResults } from "../../src/experiment/results.js";
import { lockHolder } from "../../src/files/lock.js";
import { silentReporter } from "../../src/reporter.js";
import { readIndexList, writeIndexList } from "../../src/store/index-list.js";
import { checkOrigin, readOriginMetadata } from "../../src/store/origin.js";
import { readRunRecord, startRunRecord } from "../../src/store/run-record.js";
import { lockText } from "../files/lock-files.js";
import { fixtures } from "./fixtures.js";
import type { Target, TargetFactory } from "./fuzz.js";
import { fileTarget } from "./pickles.js";

/** The table of results. */
export const csv: TargetFactory = async (folder) => {
  const path = join(folder, "results.csv");
  const common = { stage: "retrain", config: "configs/a.json" };
  await appendResult(folder, { runId: "r1", epochs: 200, retrainAccuracy: 0.9541, ...common });
  await appendResult(folder, { runId: 'run "2", late', numFeatures: 7, ...common });
  return fileTarget(path, [await readFile(path)], () => readResults(folder));
};

/** A JSON file that was just written, and what reads it. */
interface JsonFile {
  readonly path: string;
  readonly read: () => Promise<unknown>;
}

/** All JSON files that runs read again, but the manifests of stores. */
export const json: TargetFactory = async (folder): Promise<Target> => {
  const files = [
    await runRecord(folder),
    await lock(folder),
    await crafted(folder),
    await trigger(folder),
    await excluded(folder),
    await decoded(folder),
    await settings(folder),
  ];
  const seeds = await Promise.all(files.map(({ path }) => readFile(path)));
  return {
    seeds,
    async read(input, seed) {
      await writeFile(files[seed].path, input);
      return files[seed].read();
    },
  };
};

async function runRecord(folder: string): Promise<JsonFile> {
  const beginning = { runId: "r1", flags: { lr: 0.1 }, seed: 545, engine: "cpu", engineVersion: "1" };
  await startRunRecord(folder, beginning);
  return { path: join(folder, "run.json"), read: () => readRunRecord(folder) };
}

async function lock(folder: string): Promise<JsonFile> {
  const path = join(folder, "store.lock");
  await writeFile(path, lockText());
  return { path, read: () => lockHolder(path) };
}

const size = { height: 2, width: 2, channels: 3 };

async function crafted(folder: string): Promise<JsonFile> {
  const cache = chosenImageCache({ folder, stem: "sa", key: { eps: 8 }, count: 2, size });
  await cache.save({ images: new Uint8Array(24).fill(5), poisonIds: Int32Array.of(3, 8) });
  return { path: cache.path.replace(".png", ".json"), read: cache.load };
}

async function trigger(folder: string): Promise<JsonFile> {
  const cache = triggerCache({ folder, stem: "narcissus", key: { eps: 8 }, size, bound: 0.1 });
  await cache.save(new Float32Array(12).fill(0.01));
  return { path: cache.path.replace(".npy", ".json"), read: cache.load };
}

async function excluded(folder: string): Promise<JsonFile> {
  const list = join(folder, "excluded.npy");
  const origin = { settings: { lr: 0.1 }, inputs: { increments: "ab12" } };
  await writeIndexList(list, Int32Array.of(3, 5), origin, { threshold: 0.5 });
  return { path: join(folder, "excluded.json"), read: () => readIndexList(list, "Make it again.") };
}

async function decoded(folder: string): Promise<JsonFile> {
  const [image] = await fixtures("images/grey.jpeg");
  await writeFile(join(folder, "grey.jpeg"), image);
  const task = {
    title: "an image",
    cache: join(folder, "decoded"),
    root: folder,
    files: ["grey.jpeg"],
    bad: [],
    onBadImage: "skip",
    classNames: ["grey"],
    side: 1,
    recipe: "one pixel",
    toRow: () => new Uint8Array(3),
  } as const;
  const read = () => decodedPixels(task, { reporter: silentReporter });
  await read();
  return { path: `${task.cache}.json`, read };
}

/** What a model's file says that it was made with. */
async function settings(folder: string): Promise<JsonFile> {
  const path = join(folder, "settings.json");
  const expected = { settings: { lr: 0.1, attack: "lc", attack_opt: {} }, inputs: { dataset: "ab12" } };
  await writeFile(path, JSON.stringify(expected.settings));
  const read = async () => {
    const metadata = { config: await readFile(path, "utf8"), inputs: JSON.stringify(expected.inputs) };
    checkOrigin(path, readOriginMetadata(path, metadata), expected, "make it again");
  };
  return { path, read };
}
