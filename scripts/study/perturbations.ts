import { existsSync } from "node:fs";
import { join } from "node:path";
import { createRng } from "../../src/random/rng.js";
import { readCheckpoint, writeCheckpoint } from "../../src/store/checkpoint.js";
import { loadNetwork } from "./network.js";
import type { StudySettings } from "./settings.js";
import { type AttackName, type StudySubject, targetsOf } from "./subject.js";
import { universalPerturbation } from "./universal-perturbation.js";

/** The attacks' perturbations, made on the clean twin's network and kept beside it: float32 [H, W, C], of 255. */
export async function perturbationsOf(
  folder: string,
  settings: StudySettings,
  subject: StudySubject,
  signal: AbortSignal,
): Promise<Map<AttackName, Float32Array>> {
  const path = join(folder, "perturbations.safetensors");
  const names = ["narcissus", "narcissus-few"] as const;
  if (!existsSync(path)) {
    const model = await loadNetwork(folder, settings, subject, settings.epochs);
    try {
      const made = new Map<string, { shape: number[]; data: Float32Array }>();
      const targets = targetsOf(settings, subject.classNames.length);
      for (const name of names) {
        const rng = createRng(settings.seed).fork(`study/perturbation/${name}`);
        const data = await universalPerturbation(model, subject, targets.get(name) ?? 0, rng, signal);
        made.set(name, { shape: [data.length], data });
      }
      await writeCheckpoint(path, made);
    } finally {
      model.dispose();
    }
  }
  const { state } = await readCheckpoint(path);
  return new Map(names.map((name) => [name, Float32Array.from(state.get(name)?.data ?? [])]));
}
