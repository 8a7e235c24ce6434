import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sha256Of } from "../../src/files/sha256.js";
import { readIndices, writeIndices } from "../../src/store/indices.js";
import { readNpy, readNpyRows, writeNpy } from "../../src/store/npy.js";
import { readSampleLevel, SampleLevelWriter } from "../../src/store/provenance-store.js";
import { readSafetensors, readSafetensorsMetadata, writeSafetensors } from "../../src/store/safetensors.js";
import type { TargetFactory } from "./fuzz.js";
import { fileTarget } from "./pickles.js";

/** Read whole, as a list of ids and row by row. */
export const npy: TargetFactory = async (folder) => {
  const path = join(folder, "array.npy");
  const seeds: Buffer[] = [];
  const data = Float32Array.of(1, 2, 3, 4, 5, 6);
  await writeNpy(path, { dtype: "float32", shape: [2, 3], data });
  seeds.push(await readFile(path));
  await writeNpy(path, { dtype: "int64", shape: [2], data: BigInt64Array.of(3n, -5n) });
  seeds.push(await readFile(path));
  await writeIndices(path, Int32Array.of(3, 5, 8));
  seeds.push(await readFile(path));
  const hint = "Write it again.";
  return fileTarget(path, seeds, async () => {
    const read = await Promise.allSettled([
      readNpy(path, { hint }),
      readNpyRows(path, [1, 0], { hint, check() {} }),
      readIndices(path, hint),
    ]);
    // Each is right for some of the seeds: a refusal by all is one.
    const refusals = read.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
    const slip = refusals.find((reason) => !(reason instanceof Error) || !("hint" in reason));
    if (slip !== undefined || refusals.length === read.length) throw slip ?? refusals[0];
  });
};

/** With and without a seal: behind a seal nothing but the header is ever reached. */
export const safetensors: TargetFactory = async (folder) => {
  const path = join(folder, "model.safetensors");
  const state = new Map([
    ["a", { shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }],
    ["n", { shape: [], data: Float32Array.of(7), dtype: "int64" as const }],
  ]);
  await writeSafetensors(path, { state, metadata: { config: '{"lr":0.1}', epoch: "3" } });
  const sealed = await readFile(path);
  const open = Buffer.from(
    sealed.toString("latin1").replace("poisonspot_sha256", "poisonspot_sha000"),
    "latin1",
  );
  return fileTarget(path, [sealed, open, open], async () => {
    await readSafetensorsMetadata(path);
    return readSafetensors(path);
  });
};

const origin = {
  config: { attack: "lc", lr: 0.1, layers: [1, 2] },
  seed: 545,
  inputs: { dataset: "ab12" },
  engine: "cpu",
  codeVersion: "0.1.0",
};

/** A provenance store of which one file is changed, and the manifest's hashes made to fit. */
export const zarr: TargetFactory = async (folder) => {
  const store = join(folder, "store.zarr");
  const writer = await SampleLevelWriter.create(store, Int32Array.of(3, 70, 1000), 2);
  const rows = { rows: Float32Array.of(1, 2, 3), sampleIds: Int32Array.of(4), epochs: Int32Array.of(0) };
  for (let row = 0; row < 3; row++) await writer.append("suspects", rows);
  await writer.append("clean", rows);
  await writer.finish(origin);
  const files = ["manifest.json", "zarr.json", "sus_diff/zarr.json", "features/zarr.json", "sus_diff/c/0/0"];
  const good = await Promise.all(files.map((name) => readFile(join(store, name))));
  const { sha256: _, ...manifest } = JSON.parse(good[0].toString("utf8"));
  const unsealed = Buffer.from(JSON.stringify(manifest));
  return {
    seeds: [unsealed, ...good.slice(1)],
    async read(input, seed) {
      const name = files[seed];
      const fitting = { ...manifest, files: { ...manifest.files, [name]: sha256Of(input) } };
      if (seed > 0) await writeFile(join(store, "manifest.json"), JSON.stringify(fitting));
      await writeFile(join(store, name), input);
      try {
        return await readSampleLevel(store);
      } finally {
        await writeFile(join(store, name), good[seed]);
      }
    },
  };
};
