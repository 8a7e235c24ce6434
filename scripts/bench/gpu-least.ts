import type { Precision } from "../../src/engine/engine.js";

/** One convolution of a network, with the batch norm that follows it. */
interface ConvolutionShape {
  readonly kernel: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Side of its input and of its output, in pixels. */
  readonly side: number;
  readonly outputSide: number;
  /** What comes after the batch norm: the sum with a block's input, and then relu, or relu alone. */
  readonly ends: "block" | "relu" | "shortcut";
}

/** ResNet-18's (CIFAR). @param side of the images, in pixels */
const resnet18 = (side: number): readonly ConvolutionShape[] => [
  { kernel: 3, inputs: 3, outputs: 64, side, outputSide: side, ends: "relu" },
  ...[64, 128, 256, 512].flatMap((outputs, stage): ConvolutionShape[] => {
    const outputSide = side / 2 ** stage;
    const inner = { kernel: 3, inputs: outputs, outputs, side: outputSide, outputSide } as const;
    const block = [{ ...inner, ends: "relu" } as const, { ...inner, ends: "block" } as const];
    if (stage === 0) return [...block, ...block];
    const entry = { inputs: outputs / 2, outputs, side: 2 * outputSide, outputSide } as const;
    return [
      { ...entry, kernel: 3, ends: "relu" },
      { ...inner, ends: "block" },
      { ...entry, kernel: 1, ends: "shortcut" },
      ...block,
    ];
  }),
];

/** What a pass through ResNet-18 asks for, whoever computes it. */
export interface LeastWork {
  /** Two times the multiply-adds of all convolutions. */
  readonly operations: number;
  /** All that has to be read or written when a batch norm's statistics are a pass of their own and relu is none. */
  readonly bytes: number;
}

/** How many images of which side, in pixels, and how what lies between layers is kept. */
export interface LeastSetting {
  readonly images: number;
  readonly side: number;
  readonly precision: Precision;
}

/** Forward, both gradients, SGD with momentum. */
export const leastTrainingStep = (setting: LeastSetting): LeastWork => sum(setting, { dense: true });

/** Forward and input gradients; each sample's filter gradients read their operands and leave next to nothing. */
export const leastCapture = (setting: LeastSetting): LeastWork => sum(setting, { dense: false });

function sum({ images, side, precision }: LeastSetting, { dense }: { dense: boolean }): LeastWork {
  let operations = 0;
  let bytes = 0;
  const between = precision === "mixed" ? 2 : 4;
  resnet18(side).forEach(({ kernel, inputs, outputs, side, outputSide, ends }, index) => {
    // The images themselves are float32.
    const x = (index === 0 ? 4 : between) * images * side ** 2 * inputs;
    const y = between * images * outputSide ** 2 * outputs;
    const w = 4 * kernel ** 2 * inputs * outputs;
    const forward = x + w + y;
    // Statistics; then normalise, where a block ends with its input's sum.
    const normalise = y + 2 * y + (ends === "block" ? y : 0);
    // Two sums over dz and y; then dz and y to dy. At a block's end relu's gate is read, and the sum's gradient written.
    const normaliseGradient = 2 * y + 3 * y + (ends === "block" ? 2 * y : 0);
    const inputGradient = index === 0 ? 0 : y + w + x;
    const filterGradient = y + x + (dense ? w : 0);
    const update = dense ? 5 * w : 0;
    bytes += forward + normalise + normaliseGradient + inputGradient + filterGradient + update;
    const products = 1 + (index === 0 ? 0 : 1) + (dense ? 1 : 0);
    operations += products * 2 * (y / between) * kernel ** 2 * inputs;
  });
  return { operations, bytes };
}
