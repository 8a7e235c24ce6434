import { existsSync } from "node:fs";
import { join } from "node:path";
import { createRng } from "../../src/random/rng.js";
import { readCheckpoint, writeCheckpoint } from "../../src/store/checkpoint.js";
import { loadNetwork } from "./network.js";
import type { Finished } from "./run.js";
import { universalPerturbation } from "./universal-perturbation.js";

/**
 * A perturbation that moves images to a class, made once and kept beside its network: float32 [H, W, C], of 255.
 * @param stream names its random numbers
 */
export async function perturbationOf(
  { folder, settings, subject }: Finished,
  targetClass: number,
  stream: string,
  signal: AbortSignal,
): Promise<Float32Array> {
  const path = join(folder, `perturbation-${stream}-${targetClass}.safetensors`);
  if (!existsSync(path)) {
    const model = await loadNetwork(folder, settings, subject, settings.epochs);
    try {
      const rng = createRng(settings.seed).fork(`study/perturbation/${stream}`);
      const data = await universalPerturbation(model, subject, targetClass, rng, signal);
      await writeCheckpoint(path, new Map([["perturbation", { shape: [data.length], data }]]));
    } finally {
      model.dispose();
    }
  }
  const { state } = await readCheckpoint(path);
  return Float32Array.from(state.get("perturbation")?.data ?? []);
}
