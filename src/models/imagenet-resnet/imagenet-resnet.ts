import { relu } from "../../nn/activations.js";
import { batchNormRelu } from "../../nn/batch-norm-relu.js";
import { convolution } from "../../nn/convolution.js";
import type { Layer } from "../../nn/layer.js";
import { linear } from "../../nn/linear.js";
import type { Network } from "../../nn/model.js";
import { globalAveragePool, maxPool } from "../../nn/pooling.js";
import { sequential } from "../../nn/sequential.js";
import { stage } from "../../nn/stage.js";
import { type ResidualStages, residualStages, stageOutputs } from "../residual-stages.js";

/** ResNet-18's stages, `width` channels in the first. */
const stagesOf = (width: number): ResidualStages => ({
  widths: [width, 2 * width, 4 * width, 8 * width],
  blocks: [2, 2, 2, 2],
});

/** Classes of ImageNet, which the pretrained networks tell apart. */
const imagenetClasses = 1000;

/** ResNet-18 with the ImageNet stem, a 7x7 convolution and a max pool that each halve the side; names as in torchvision. */
export function basicResNet(width: number, inputChannels: number, numClasses: number): Network {
  const body = trunk("", width, inputChannels);
  return { body, head: linear("fc", stageOutputs(stagesOf(width)), numClasses) };
}

/**
 * A pretrained ResNet-18 kept as `resnet`, whose own last layer is not used, and two linear layers. Its PyTorch original
 * registers the pretrained layers a second time, so that the state holds them under two names.
 */
export function customResNet18(width: number, inputChannels: number, numClasses: number): Network {
  const prefix = "resnet.";
  const features = stageOutputs(stagesOf(width));
  const pretrained = trunk(prefix, width, inputChannels);
  const unused = linear(`${prefix}fc`, features, imagenetClasses);
  const again = pretrained.entries.map((entry) => entry.alias(entry.name.slice(prefix.length)));
  const body: Layer = {
    entries: [...pretrained.entries, ...unused.entries, ...again],
    forward: pretrained.forward,
  };
  const head = sequential([linear("fc1", features, features), relu, linear("fc2", features, numClasses)]);
  return { body, head };
}

/** Up to the features: float32 [N, H, W, C] -> [N, 8 * width] */
function trunk(prefix: string, width: number, inputChannels: number): Layer {
  return sequential([
    convolution(`${prefix}conv1`, { inputs: inputChannels, outputs: width, kernel: 7, stride: 2, pad: 3 }),
    stage("stem", batchNormRelu(`${prefix}bn1`, width)),
    maxPool({ kernel: 3, stride: 2, pad: 1 }),
    ...residualStages(stagesOf(width), { prefix, projection: "downsample" }),
    globalAveragePool,
  ]);
}
