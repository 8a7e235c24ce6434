import { initialise } from "../nn/init.js";
import { toPytorchLayout } from "../nn/layout.js";
import type { Model } from "../nn/model.js";
import { positionsName } from "../nn/tokens.js";
import type { Rng } from "../random/rng.js";
import type { StateArray, StateDict } from "../store/state-dict.js";

/**
 * A state as this network takes it: with the counters that old files lack, for images of another size or for other classes. What needs no change is shared with `state`, and what does not fit for any
 * other reason is left for `loadStateDict` to refuse.
 * @param freshHead allows a head for other classes (or none): the network's own then gets fresh weights from this stream
 */
export async function fitState(state: StateDict, model: Model, freshHead?: Rng): Promise<StateDict> {
  const fitted = new Map(state);
  for (const { name, kind } of model.entries) {
    // PyTorch takes files of before its version 0.4.1 so.
    if (kind === "counter" && !fitted.has(name))
      fitted.set(name, { shape: [], data: Float32Array.of(0), dtype: "int64" });
  }
  const positions = fitted.get(positionsName);
  const wanted = model.entries.find((entry) => entry.name === positionsName);
  if (positions?.shape.length === 3 && wanted) {
    fitted.set(positionsName, resizePositions(positions, wanted.shape[1]));
  }
  const fits = model.headEntries.every(({ name, shape }) => `${fitted.get(name)?.shape}` === `${shape}`);
  if (freshHead && !fits) {
    initialise(model.headEntries, freshHead);
    for (const { name, shape, value } of model.headEntries) {
      fitted.set(name, { shape, data: toPytorchLayout(shape, await value.data()) });
    }
  }
  return fitted;
}

/**
 * Positional embeddings for another number of tokens, as the original makes them: the nearest old one along the sequence,
 * class token included, and not on the grid of patches. float32 [1, T, C] -> [1, numTokens, C].
 */
function resizePositions(positions: StateArray, numTokens: number): StateArray {
  const [, numOld, width] = positions.shape;
  if (numOld === numTokens) return positions;
  const data = new Float32Array(numTokens * width);
  for (let row = 0; row < numTokens; row++) {
    const source = Math.floor((row * numOld) / numTokens) * width;
    data.set(positions.data.subarray(source, source + width), row * width);
  }
  return { ...positions, shape: [1, numTokens, width], data };
}
