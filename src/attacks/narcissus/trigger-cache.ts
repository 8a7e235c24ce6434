import { type ImageSize, imageBytes } from "../../datasets/pixels.js";
import { fromPytorchLayout, toPytorchLayout } from "../../nn/layout.js";
import { npyParts, readNpy } from "../../store/npy.js";
import { type CacheKey, keyedFile } from "../crafting/keyed-file.js";
import type { CraftingCache } from "../crafting/load-or-craft.js";

interface TriggerCaching {
  readonly folder: string;
  /** Readable start of the file names, e.g. "narcissus_CIFAR10". */
  readonly stem: string;
  readonly key: CacheKey;
  readonly size: ImageSize;
  /** Largest absolute value. */
  readonly bound: number;
}

/**
 * A trigger on disk, float32 [H, W, C] in units of [-1, 1]. The file has it as the original keeps it, float32 [1, C, H, W], for
 * `numpy.load`.
 */
export function triggerCache({
  folder,
  stem,
  key,
  size,
  bound,
}: TriggerCaching): CraftingCache<Float32Array> {
  const file = keyedFile(folder, stem, key, ".npy");
  const shape = [1, size.channels, size.height, size.width];
  return {
    path: file.path,
    async load() {
      if ((await file.read()) === undefined) return undefined;
      const { hint } = file.damaged();
      const array = await readNpy(file.path, { hint, maxBytes: 4 * imageBytes(size) });
      if (array.dtype !== "float32" || `${array.shape}` !== `${shape}`) throw file.damaged();
      return checkedTrigger(array.data, size, bound, file.damaged);
    },
    save: (trigger) =>
      file.write(npyParts({ dtype: "float32", shape, data: toPytorchLayout(shape, trigger) })),
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
