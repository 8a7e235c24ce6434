// A scan for poison that somebody else has planted: npm run demo -- scan. Writes the built-in images to three folders, with
// poisons, without, and some trusted ones, and scans the first two. Flags are those of the attack and of the images, e.g.
// npm run demo -- scan --attack sig
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { basename, dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import sharp from "sharp";
import { createConsoleReporter } from "../src/cli/console-reporter.js";
import { flagOptions } from "../src/cli/flag-options.js";
import { interruptible } from "../src/cli/interrupts.js";
import type { ImageSet } from "../src/datasets/image-set.js";
import { roundedPixels } from "../src/datasets/rounded-pixels.js";
import { indicesOfClass } from "../src/datasets/select.js";
import { prepareExperiment } from "../src/experiment/prepare.js";
import { parseRunConfig } from "../src/experiment/run-config.js";
import { mapConcurrently } from "../src/files/map-concurrently.js";
import { startEngine } from "../src/index.js";
import { createRng, shuffle } from "../src/random/rng.js";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = join(root, "results", "demo-scan");
const trustedOfClass = 100;

const command = new Command("demo -- scan").allowExcessArguments(false);
for (const option of flagOptions()) command.addOption(option);
const given = command.parse(process.argv.slice(2), { from: "user" }).opts();
// The trigger is made on a small network in place of the ResNet18 of the paper, in few epochs.
const quickly = ["surrogate=ResNet8", "surrogate_epochs=2", "warmup_epochs=1", "rounds=20", "batch=64"];
const config = parseRunConfig({
  dataset: "synthetic",
  model: "ResNet8",
  target_class: "2",
  pr_tgt: "0.2",
  poisoned_training: true,
  ...(given.attack === undefined && { attack: "narcissus", attack_opt: quickly }),
  ...given,
});

const reporter = createConsoleReporter();
await interruptible(reporter, async (signal) => {
  const engine = await startEngine({ engine: config.engine });
  const { dataset, subject, truth } = await prepareExperiment(
    config,
    engine,
    { reporter, signal },
    (_, work) => work(),
  );
  const poisons = new Set(truth.allPoisonIds);
  const rng = createRng(config.globalSeed).fork("demo scan");
  await rm(folder, { recursive: true, force: true });
  for (const [label, name] of dataset.classNames.entries()) {
    const clean = indicesOfClass(dataset.train.labels, label);
    const unpoisoned = clean.filter((id) => !poisons.has(id));
    const trusted = shuffle(rng.fork(name), unpoisoned).subarray(0, trustedOfClass);
    const suspects = subject.trainIds.filter((id) => subject.images.labels[id] === label);
    const untrusted = (ids: Int32Array) => ids.filter((id) => !trusted.includes(id));
    await writeImages(join(folder, "trusted", name), dataset.train, trusted);
    await writeImages(join(folder, "poisoned", name), subject.images, untrusted(suspects));
    await writeImages(join(folder, "clean", name), dataset.train, untrusted(clean));
  }
  scan("poisoned");
  const listed = readFileSync(join(folder, "scan-of-poisoned", "flagged.txt"), "utf8");
  const flagged = listed.split("\n").filter((line) => line !== "");
  const found = flagged.filter((file) => poisons.has(Number(basename(file, ".png")))).length;
  console.log(`of ${poisons.size} poisons ${found} are flagged, and ${flagged.length - found} other images`);
  scan("clean");
});

async function writeImages(to: string, set: ImageSet, ids: Int32Array): Promise<void> {
  await mkdir(to, { recursive: true });
  const raw = { width: set.pixels.width, height: set.pixels.height, channels: 3 as const };
  await mapConcurrently([...ids], 8, (id) =>
    sharp(roundedPixels(set, id), { raw })
      .png()
      .toFile(join(to, `${id}.png`)),
  );
}

/** Ends this process where the scan ends without a verdict. */
function scan(data: string): void {
  const at = (name: string) => relative(process.cwd(), join(folder, name));
  const args = ["scan", at(data), "--trusted", at("trusted"), "--out", at(`scan-of-${data}`)];
  console.log(`\npoisonspot ${args.join(" ")}`);
  const { status } = spawnSync(process.execPath, [join(root, "dist", "cli", "main.js"), ...args], {
    stdio: "inherit",
  });
  console.log(`exit code ${status}`);
  if (status !== 0 && status !== 3 && status !== 4) process.exit(status ?? 130);
}
