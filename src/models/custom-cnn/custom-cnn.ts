import { UserError } from "../../errors.js";
import { relu } from "../../nn/activations.js";
import { convolution } from "../../nn/convolution.js";
import { dropout } from "../../nn/dropout.js";
import { linear } from "../../nn/linear.js";
import type { InputShape, Network } from "../../nn/model.js";
import { flatten, maxPool } from "../../nn/pooling.js";
import { sequential } from "../../nn/sequential.js";
import { stage } from "../../nn/stage.js";

/**
 * AlexNet cut down for 32x32 images: five 3x3 convolutions with biases, three max pools, three linear layers, dropout.
 * Names are places in PyTorch's Sequential, layers without weights counted: 0, 3, 6, 8, 10, 15, 18 and the head 20.
 * @param width channels of the first convolution; 64 in the original
 * @throws UserError when the images are not of the size that it ends in one position
 */
export function customCnn(width: number, inputShape: InputShape, numClasses: number): Network {
  const [height, imageWidth, inputChannels] = inputShape;
  if (lastSide(height) !== 1 || lastSide(imageWidth) !== 1) {
    throw new UserError(
      `CustomCNN is made for 32x32 images; these are ${height}x${imageWidth}.`,
      "Use another --model, or another --dataset.",
    );
  }
  const hidden = 64 * width;
  const conv = (place: number, inputs: number, outputs: number, stride = 1) =>
    convolution(`${place}`, { inputs, outputs, kernel: 3, stride, pad: 1, bias: true });
  const pool = maxPool({ kernel: 3, stride: 2 });
  const body = sequential([
    ...[conv(0, inputChannels, width, 2), stage("conv1", relu), pool],
    ...[conv(3, width, 3 * width), stage("conv2", relu), pool],
    ...[conv(6, 3 * width, 6 * width), stage("conv3", relu)],
    ...[conv(8, 6 * width, 4 * width), stage("conv4", relu)],
    ...[conv(10, 4 * width, 4 * width), stage("conv5", relu), pool],
    ...[flatten, dropout(0.5, 14), linear("15", 4 * width, hidden), stage("hidden1", relu)],
    ...[dropout(0.5, 17), linear("18", hidden, hidden), stage("hidden2", relu)],
  ]);
  return { body, head: linear("20", hidden, numClasses) };
}

/** Side of the map after the first convolution and the three pools. */
function lastSide(side: number): number {
  const halved = Math.floor((side - 1) / 2) + 1;
  const pooled = (of: number) => Math.floor((of - 3) / 2) + 1;
  return pooled(pooled(pooled(halved)));
}
