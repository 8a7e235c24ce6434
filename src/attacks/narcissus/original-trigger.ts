import { existsSync } from "node:fs";
import { join } from "node:path";
import { UserError } from "../../errors.js";
import { readPickledTensor } from "../../store/pytorch/pickled-tensor.js";
import type { AttackInput } from "../attack.js";
import { checkedTrigger } from "./trigger-cache.js";

/** The dataset that the original's triggers are made for. */
const originalDataset = "CIFAR10";

/**
 * The trigger that came with the original, or that it crafted: `attacks/Narcissus/narcissus_trigger_{T}_{eps}.pkl`, in
 * the working directory or the dataset folder.
 * @returns float32 [H, W, C] in units of [-1, 1]; undefined where there is none for this run
 * @throws UserError when it is damaged, or a trigger for something else
 */
export async function originalTrigger(
  { dataset, targetClass, datasetDir, reporter }: AttackInput,
  eps255: number,
): Promise<Float32Array | undefined> {
  const name = join("attacks", "Narcissus", `narcissus_trigger_${targetClass}_${eps255}.pkl`);
  const path = [name, join(datasetDir, name)].find((candidate) => existsSync(candidate));
  if (dataset.name !== originalDataset || path === undefined) return undefined;
  const { height, width, channels } = dataset.train.pixels;
  const { shape, data } = await readPickledTensor(path);
  const refusal = (what: string) =>
    new UserError(`${path} ${what}.`, "Move it away; the trigger is then crafted here.");
  if (`${shape}` !== `1,${channels},${height},${width}`)
    throw refusal(`is [${shape}], not a trigger [1,${channels},${height},${width}]`);
  const bound = (2 * eps255) / 255;
  const trigger = checkedTrigger(data, dataset.train.pixels, bound, () =>
    refusal(`has values beyond ${eps255}/255`),
  );
  reporter.info(`narcissus: trigger read from ${path}, as the original made it`);
  return trigger;
}
