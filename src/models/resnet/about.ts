import type { BuildNetwork, ModelAbout } from "../about.js";

interface Shape {
  /** In each stage; every stage is twice as wide as the one before. */
  readonly blocks: readonly number[];
  readonly block?: "basic" | "bottleneck";
}

const load =
  ({ blocks, block }: Shape) =>
  async (): Promise<BuildNetwork> => {
    const { resnet } = await import("./resnet.js");
    return (width, [, , channels], numClasses) =>
      resnet({ widths: blocks.map((_, stage) => width * 2 ** stage), blocks, block }, channels, numClasses);
  };

/** Residual networks with the CIFAR stem, for 32x32 images. */
export const resnet18: ModelAbout = {
  width: 64,
  shrink: 8,
  forwardFlops: 1.11e9,
  load: load({ blocks: [2, 2, 2, 2] }),
};
export const resnet34: ModelAbout = {
  width: 64,
  shrink: 8,
  forwardFlops: 2.32e9,
  load: load({ blocks: [3, 4, 6, 3] }),
};
export const resnet50: ModelAbout = {
  width: 64,
  shrink: 8,
  forwardFlops: 2.59e9,
  load: load({ blocks: [3, 4, 6, 3], block: "bottleneck" }),
};
export const resnet8: ModelAbout = {
  width: 16,
  shrink: 4,
  forwardFlops: 25.0e6,
  load: load({ blocks: [1, 1, 1] }),
};
