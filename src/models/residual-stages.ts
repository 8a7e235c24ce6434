import { batchNorm } from "../nn/batch-norm.js";
import { batchNormRelu, batchNormSumRelu } from "../nn/batch-norm-relu.js";
import { convolution } from "../nn/convolution.js";
import type { Layer } from "../nn/layer.js";
import { residual } from "../nn/residual.js";
import { sequential } from "../nn/sequential.js";
import { stage } from "../nn/stage.js";

/** The stages of a residual network; He et al., Deep Residual Learning for Image Recognition, 2015. */
export interface ResidualStages {
  /** Channels of each stage's 3x3 convolutions; every stage but the first halves the side. */
  readonly widths: readonly number[];
  /** Blocks in each stage. */
  readonly blocks: readonly number[];
  /** basic: two 3x3 convolutions; bottleneck: 1x1, 3x3, and a 1x1 to four times the width. Basic by default. */
  readonly block?: "basic" | "bottleneck";
}

interface Naming {
  /** Stands before every name. */
  readonly prefix?: string;
  /** What a block's projection is called. */
  readonly projection: "shortcut" | "downsample";
}

interface BlockShape {
  readonly inputs: number;
  readonly width: number;
  readonly stride: number;
}

const expansion = { basic: 1, bottleneck: 4 } as const;

/** Channels that the last stage puts out. */
export const stageOutputs = ({ widths, block = "basic" }: ResidualStages): number =>
  widths[widths.length - 1] * expansion[block];

/** All blocks in a row, each stage's last one named for it, for as many input channels as the first stage is wide. Names: layer1.0.conv1, layer1.0.bn1, … */
export function residualStages(stages: ResidualStages, { prefix = "", projection }: Naming): Layer[] {
  const { widths, blocks, block = "basic" } = stages;
  let inputs = widths[0];
  return widths.flatMap((width, number) =>
    Array.from({ length: blocks[number] }, (_, index) => {
      const stride = number > 0 && index === 0 ? 2 : 1;
      const name = `${prefix}layer${number + 1}.${index}`;
      const outputs = width * expansion[block];
      const body = block === "basic" ? basicBody : bottleneckBody;
      const shortcut = { name: `${name}.${projection}`, inputs, outputs, stride };
      const layer = residual({
        ...body(name, { inputs, width, stride }),
        shortcut: projectionIfNeeded(shortcut),
      });
      inputs = outputs;
      return index === blocks[number] - 1 ? stage(`layer${number + 1}`, layer) : layer;
    }),
  );
}

const basicBody = (name: string, { inputs, width, stride }: BlockShape) => ({
  body: sequential([
    convolution(`${name}.conv1`, { inputs, outputs: width, kernel: 3, stride, pad: 1 }),
    batchNormRelu(`${name}.bn1`, width),
    convolution(`${name}.conv2`, { inputs: width, outputs: width, kernel: 3, pad: 1 }),
  ]),
  end: batchNormSumRelu(`${name}.bn2`, width),
});

function bottleneckBody(name: string, { inputs, width, stride }: BlockShape) {
  const outputs = width * expansion.bottleneck;
  const body = sequential([
    convolution(`${name}.conv1`, { inputs, outputs: width, kernel: 1 }),
    batchNormRelu(`${name}.bn1`, width),
    convolution(`${name}.conv2`, { inputs: width, outputs: width, kernel: 3, stride, pad: 1 }),
    batchNormRelu(`${name}.bn2`, width),
    convolution(`${name}.conv3`, { inputs: width, outputs, kernel: 1 }),
  ]);
  return { body, end: batchNormSumRelu(`${name}.bn3`, outputs) };
}

function projectionIfNeeded(shape: {
  name: string;
  inputs: number;
  outputs: number;
  stride: number;
}): Layer | undefined {
  const { name, inputs, outputs, stride } = shape;
  if (stride === 1 && inputs === outputs) return undefined;
  return sequential([
    convolution(`${name}.0`, { inputs, outputs, kernel: 1, stride }),
    batchNorm(`${name}.1`, outputs),
  ]);
}
