import type { ModelAbout } from "../about.js";

/** ResNet-18 with the ImageNet stem; operations at 32x32. */
export const basicResNet: ModelAbout = {
  width: 64,
  shrink: 32,
  forwardFlops: 74e6,
  async load() {
    const { basicResNet: build } = await import("./imagenet-resnet.js");
    return (width, [, , channels], numClasses) => build(width, channels, numClasses);
  },
};

/** The same, pretrained, with two linear layers behind it; operations at 224x224. */
export const customResNet18: ModelAbout = {
  width: 64,
  shrink: 32,
  forwardFlops: 3.6e9,
  async load() {
    const { customResNet18: build } = await import("./imagenet-resnet.js");
    return (width, [, , channels], numClasses) => build(width, channels, numClasses);
  },
};
