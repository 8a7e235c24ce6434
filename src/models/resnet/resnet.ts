import { batchNormRelu } from "../../nn/batch-norm-relu.js";
import { convolution } from "../../nn/convolution.js";
import { linear } from "../../nn/linear.js";
import type { Network } from "../../nn/model.js";
import { globalAveragePool } from "../../nn/pooling.js";
import { sequential } from "../../nn/sequential.js";
import { stage } from "../../nn/stage.js";
import { type ResidualStages, residualStages, stageOutputs } from "../residual-stages.js";

/**
 * A residual network with the CIFAR stem: one 3x3 convolution, no pooling. Names as in the usual PyTorch code: conv1,
 * bn1, layer1.0.conv1, …, layer2.0.shortcut.0, linear.
 */
export function resnet(stages: ResidualStages, inputChannels: number, numClasses: number): Network {
  const [stem] = stages.widths;
  const body = sequential([
    convolution("conv1", { inputs: inputChannels, outputs: stem, kernel: 3, pad: 1 }),
    stage("stem", batchNormRelu("bn1", stem)),
    ...residualStages(stages, { projection: "shortcut" }),
    globalAveragePool,
  ]);
  return { body, head: linear("linear", stageOutputs(stages), numClasses) };
}
