import { globalAveragePool, relu } from "../nn/activations.js";
import { batchNorm } from "../nn/batch-norm.js";
import { convolution } from "../nn/convolution.js";
import type { Layer } from "../nn/layer.js";
import { linear } from "../nn/linear.js";
import type { Network } from "../nn/model.js";
import { residual } from "../nn/residual.js";
import { sequential } from "../nn/sequential.js";

interface ResNetShape {
  /** Channels of each stage; every stage but the first halves the side. */
  readonly widths: readonly number[];
  /** Basic blocks in each stage. */
  readonly blocks: readonly number[];
}

/**
 * A residual network with the CIFAR stem (one 3x3 convolution, no pooling) and basic blocks; He et al., Deep Residual
 * Learning for Image Recognition, 2015. Names as in PyTorch: conv1, bn1, layer1.0.conv1, …, layer2.0.shortcut.0, linear.
 */
export function resnet(shape: ResNetShape, inputChannels: number, numClasses: number): Network {
  const [stem] = shape.widths;
  const layers: Layer[] = [
    convolution("conv1", { inputs: inputChannels, outputs: stem, kernel: 3, pad: 1 }),
    batchNorm("bn1", stem),
    relu,
  ];
  let inputs = stem;
  shape.widths.forEach((outputs, stage) => {
    for (let block = 0; block < shape.blocks[stage]; block++) {
      const stride = stage > 0 && block === 0 ? 2 : 1;
      layers.push(basicBlock(`layer${stage + 1}.${block}`, inputs, outputs, stride));
      inputs = outputs;
    }
  });
  return { body: sequential([...layers, globalAveragePool]), head: linear("linear", inputs, numClasses) };
}

function basicBlock(name: string, inputs: number, outputs: number, stride: number): Layer {
  const body = sequential([
    convolution(`${name}.conv1`, { inputs, outputs, kernel: 3, stride, pad: 1 }),
    batchNorm(`${name}.bn1`, outputs),
    relu,
    convolution(`${name}.conv2`, { inputs: outputs, outputs, kernel: 3, pad: 1 }),
    batchNorm(`${name}.bn2`, outputs),
  ]);
  const needsProjection = stride !== 1 || inputs !== outputs;
  const shortcut = needsProjection
    ? sequential([
        convolution(`${name}.shortcut.0`, { inputs, outputs, kernel: 1, stride }),
        batchNorm(`${name}.shortcut.1`, outputs),
      ])
    : undefined;
  return residual(body, shortcut);
}
