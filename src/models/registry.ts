import type { ModelAbout } from "./about.js";
import { customCnn } from "./custom-cnn/about.js";
import { basicResNet, customResNet18 } from "./imagenet-resnet/about.js";
import { resnet8, resnet18, resnet34, resnet50 } from "./resnet/about.js";
import { vit, vitMicro } from "./vit/about.js";

/** Every network, in the order of help. The key is the `--model` value. */
const registry = {
  ResNet18: resnet18,
  ResNet34: resnet34,
  ResNet50: resnet50,
  ResNet8: resnet8,
  CustomCNN: customCnn,
  BasicResNet: basicResNet,
  CustomResNet18: customResNet18,
  ViT: vit,
  "ViT-Micro": vitMicro,
} satisfies Record<string, ModelAbout>;

export type ModelName = keyof typeof registry;
export const models: Readonly<Record<ModelName, ModelAbout>> = registry;
export const modelNames = Object.keys(models) as readonly ModelName[];

/** What is known of a network by its name; undefined for one of another kind. */
export const aboutModel = (name: string): ModelAbout | undefined =>
  Object.hasOwn(models, name) ? models[name as ModelName] : undefined;
