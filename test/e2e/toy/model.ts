import type { ModelAbout } from "../../../src/models/about.js";

/** One convolution and a linear layer. */
export const toyModel: ModelAbout = {
  width: 4,
  forwardFlops: 20e3,
  async load() {
    const [{ relu }, { convolution }, { linear }, { globalAveragePool }, { sequential }, { stage }] =
      await Promise.all([
        import("../../../src/nn/activations.js"),
        import("../../../src/nn/convolution.js"),
        import("../../../src/nn/linear.js"),
        import("../../../src/nn/pooling.js"),
        import("../../../src/nn/sequential.js"),
        import("../../../src/nn/stage.js"),
      ]);
    return (width, [, , channels], classes) => ({
      body: sequential([
        convolution("conv", { inputs: channels, outputs: width, kernel: 3, stride: 2, pad: 1, bias: true }),
        stage("conv", relu),
        globalAveragePool,
      ]),
      head: linear("head", width, classes),
    });
  },
};
