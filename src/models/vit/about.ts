import type { BuildNetwork, ModelAbout } from "../about.js";

interface Shape {
  /** Side of a square patch in pixels. */
  readonly patch: number;
  /** Width of a token for each head. */
  readonly headWidth: number;
  readonly blocks: number;
  /** Width of a block's hidden layer over that of a token. */
  readonly expansion: number;
}

const load =
  ({ patch, headWidth, blocks, expansion }: Shape) =>
  async (): Promise<BuildNetwork> => {
    const { vit } = await import("./vit.js");
    return (width, inputShape, numClasses) => {
      const shape = { patch, width, heads: width / headWidth, blocks, hidden: expansion * width };
      return vit(shape, inputShape, numClasses);
    };
  };

/** B/16; operations at 224x224. */
export const vit: ModelAbout = {
  width: 768,
  forwardFlops: 35e9,
  needsPretraining: "a vision transformer does not learn from so few images",
  retrainsFromClean: true,
  load: load({ patch: 16, headWidth: 64, blocks: 12, expansion: 4 }),
};

/** Far smaller than the smallest published one, for tests and for machines without a GPU; operations at 32x32. */
export const vitMicro: ModelAbout = {
  width: 16,
  forwardFlops: 0.275e6,
  retrainsFromClean: true,
  load: load({ patch: 8, headWidth: 8, blocks: 2, expansion: 2 }),
};
