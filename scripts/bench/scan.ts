import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { mapConcurrently } from "../../src/files/map-concurrently.js";
import { startEngine } from "../../src/index.js";
import { createRng } from "../../src/random/rng.js";
import { type Reporter, silentReporter } from "../../src/reporter.js";
import { parseScanOptions } from "../../src/scan/options.js";
import { prepareScan, scan } from "../../src/scan/scan.js";
import { readScanData } from "../../src/scan/scan-data.js";
import { networkFile, scanNetwork } from "../../src/scan/scan-network.js";
import type { BenchmarkSize, Figure } from "./figure.js";
import { rounded, seconds } from "./figure.js";

/** Share of the images that is trusted. */
const trustedShare = 0.2;
const numClasses = 10;

/** A scan of the defaults, stage by stage, against one training of the same epochs alone. */
export async function* scanBenchmark({
  images = 10_000,
  side = 32,
  epochs = 20,
}: BenchmarkSize): AsyncGenerator<Figure> {
  await startEngine();
  const folder = await mkdtemp(join(tmpdir(), "bench-scan-"));
  try {
    const trusted = Math.round(trustedShare * images);
    await writeImages(join(folder, "data"), images - trusted, side);
    await writeImages(join(folder, "trusted"), trusted, side);
    const options = parseScanOptions(join(folder, "data"), {
      trusted: join(folder, "trusted"),
      out: join(folder, "out"),
      size: `${side}`,
      epochs: `${epochs}`,
    });
    const signal = new AbortController().signal;
    const stages = new Map<string, number>();
    const whole = await seconds(async () => {
      const run = { reporter: timing(stages), signal };
      await scan(await prepareScan(options, run), run);
    });
    const memory = process.resourceUsage().maxRSS / 1024;
    // Alone: the same data, decoded already.
    const run = { reporter: silentReporter, signal };
    const data = await readScanData({ ...options, cacheDir: join(options.out, "decoded") }, run);
    const training = await seconds(async () => {
      const model = await scanNetwork(join(folder, networkFile), data, options, run);
      model.dispose();
    });
    const of = `${images} images of ${side}x${side}, ${options.model}, ${epochs} epochs`;
    for (const [stage, time] of stages) yield { name: `${of}: ${stage}`, value: rounded(time), unit: "s" };
    const against = "training alone";
    yield { name: `${of}: training alone`, value: rounded(training), unit: "s" };
    yield {
      name: `${of}: the whole scan`,
      value: rounded(whole),
      unit: "s",
      ratio: rounded(whole / training),
      against,
      goal: "<= 1.3",
    };
    yield { name: `${of}: memory of the process`, value: rounded(memory), unit: "MB" };
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Adds up how long the bar of each title is shown. */
function timing(stages: Map<string, number>): Reporter {
  return {
    ...silentReporter,
    progress(label) {
      const title = /^Decoding/.test(label)
        ? "decoding"
        : label.replace(/^scan: /, "").replace(/ epoch.*/, "");
      const start = performance.now();
      return {
        update() {},
        stop() {
          stages.set(title, (stages.get(title) ?? 0) + (performance.now() - start) / 1000);
        },
      };
    },
  };
}

/** Blurred noise in ten classes of their own brightness, as JPEG files. */
async function writeImages(folder: string, count: number, side: number): Promise<void> {
  for (let label = 0; label < numClasses; label++)
    await mkdir(join(folder, `class-${label}`), { recursive: true });
  await mapConcurrently(
    Array.from({ length: count }, (_, i) => i),
    8,
    async (i) => {
      const rng = createRng(`${folder}/${i}`);
      const label = i % numClasses;
      const coarse = Uint8Array.from({ length: 8 * 8 * 3 }, () => 12 * label + rng.int(120));
      await sharp(coarse, { raw: { width: 8, height: 8, channels: 3 } })
        .resize(side, side)
        .jpeg()
        .toFile(join(folder, `class-${label}`, `${i}.jpg`));
    },
  );
}
