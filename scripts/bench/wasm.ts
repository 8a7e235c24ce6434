import { kernels } from "../../src/engine/kernels/index.js";
import { startEngine } from "../../src/index.js";
import { type Benchmark, inTurns, rounded, seconds } from "./figure.js";
import { noise } from "./noise.js";

const [batch, side, channels] = [16, 32, 64];
const rounds = 5;

/** A 3x3 convolution and its two gradients on WebAssembly. */
export const wasm: Benchmark = async function* () {
  await startEngine({ engine: "wasm" });
  const x = noise([batch, side, side, channels], 1);
  const dy = noise([batch, side, side, channels], 2);
  const filter = noise([3, 3, channels, channels], 3);
  const geometry = { stride: 1, pad: 1 };
  const works = {
    "convolution, forward": () => kernels().convolution(x, filter, geometry),
    "convolution, input gradient": () => kernels().convolutionInputGradient(dy, filter, x.shape, geometry),
    "convolution, filter gradient": () => kernels().convolutionFilterGradient(x, dy, filter.shape, geometry),
  };
  const times = await inTurns(
    rounds,
    Object.values(works).map((work) => () => seconds(async () => work().dispose())),
  );
  const operations = 2 * 9 * channels * channels * side * side * batch;
  for (const [k, name] of Object.keys(works).entries()) {
    const compared = k > 0 && { ratio: rounded(times[k] / times[0]), against: "forward", goal: "<= 1.5" };
    yield {
      name: `wasm, ${name}`,
      value: rounded(operations / times[k] / 1e9),
      unit: "GFLOP/s",
      ...compared,
    };
  }
};
