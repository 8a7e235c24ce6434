import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type ImageSize, imageBytes } from "../../datasets/pixels.js";
import { UserError } from "../../errors.js";
import { readJson, writeJsonAtomic } from "../../files/atomic-file.js";
import { sha256Of, sha256OfJson } from "../../files/sha256.js";
import { fromPytorchLayout, toPytorchLayout } from "../../nn/layout.js";
import { readNpy, writeNpy } from "../../store/npy.js";
import type { CacheKey } from "../crafting/image-cache.js";

const recordSchema = z.object({
  key: z.record(z.string(), z.union([z.string(), z.number()])),
  /** Of the values. */
  sha256: z.string(),
});

/** A file whose name holds a hash of all that it depends on. @param extension with its dot */
export const keyedPath = (folder: string, stem: string, key: CacheKey, extension: string): string =>
  join(folder, `${stem}_${sha256OfJson(key).slice(0, 12)}${extension}`);

/**
 * A pattern on disk: float32 [1, C, H, W] in units of [-1, 1], as the original keeps it, for `numpy.load`; beside it a
 * record of what it depends on.
 */
interface TriggerCache {
  readonly path: string;
  /**
   * @param bound largest absolute value
   * @returns float32 [H, W, C]; undefined when not there
   * @throws UserError when damaged
   */
  load(size: ImageSize, bound: number): Promise<Float32Array | undefined>;
  /** @param trigger float32 [H, W, C] */
  save(trigger: Float32Array, size: ImageSize): Promise<void>;
}

/** @param stem readable start of the file names, e.g. "narcissus_CIFAR10" */
export function triggerCache(folder: string, stem: string, key: CacheKey): TriggerCache {
  const path = keyedPath(folder, stem, key, ".npy");
  const record = keyedPath(folder, stem, key, ".json");
  const hint = "Delete the file; the trigger is then crafted again.";
  const damaged = () => new UserError(`The trigger in ${path} is damaged.`, hint);
  return {
    path,
    async load(size, bound) {
      if (!existsSync(path)) return undefined;
      const { dtype, shape, data } = await readNpy(path, { hint, maxBytes: 4 * imageBytes(size) });
      const { height, width, channels } = size;
      if (dtype !== "float32" || `${shape}` !== `1,${channels},${height},${width}`) throw damaged();
      const found = recordSchema.safeParse(await readJson(record));
      if (!found.success || found.data.sha256 !== sha256Of(bytesOf(data))) throw damaged();
      return checkedTrigger(data, size, bound, damaged);
    },
    async save(trigger, size) {
      const shape = [1, size.channels, size.height, size.width];
      const data = toPytorchLayout(shape, trigger);
      await writeJsonAtomic(record, { key, sha256: sha256Of(bytesOf(data)) });
      await writeNpy(path, { dtype: "float32", shape, data });
    },
  };
}

/**
 * @param values float32 [1, C, H, W]
 * @returns float32 [H, W, C]
 * @throws what `refusal` gives, when a value is beyond the bound or no number
 */
export function checkedTrigger(
  values: Float32Array,
  { height, width, channels }: ImageSize,
  bound: number,
  refusal: () => Error,
): Float32Array {
  if (!values.every((value) => Math.abs(value) <= bound + 1e-6)) throw refusal();
  // The layout of a convolution with one output is that of one image.
  return fromPytorchLayout([1, channels, height, width], values);
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) =>
  new Uint8Array(buffer, byteOffset, byteLength);
