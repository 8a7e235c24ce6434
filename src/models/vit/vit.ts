import { UserError } from "../../errors.js";
import { attention } from "../../nn/attention.js";
import { dropout } from "../../nn/dropout.js";
import { gelu } from "../../nn/gelu.js";
import type { Layer } from "../../nn/layer.js";
import { layerNorm } from "../../nn/layer-norm.js";
import { linear } from "../../nn/linear.js";
import type { InputShape, Network } from "../../nn/model.js";
import { sequential } from "../../nn/sequential.js";
import { skipConnection } from "../../nn/skip-connection.js";
import { stage } from "../../nn/stage.js";
import { firstToken, tokenEmbedding } from "../../nn/tokens.js";

interface VitShape {
  /** Side of a square patch in pixels. */
  readonly patch: number;
  /** Width of a token. */
  readonly width: number;
  readonly heads: number;
  readonly blocks: number;
  /** Width of a block's hidden layer. */
  readonly hidden: number;
}

const dropoutRate = 0.1;

/**
 * A vision transformer, normalising before attention and before the hidden layer; Dosovitskiy et al., An Image is Worth
 * 16x16 Words, 2020. Names and order are those of the package pytorch_pretrained_vit, whose `B_16_imagenet1k.pth` (384
 * pixels, 1000 classes) fits after `fitState`.
 * @throws UserError when the images cannot be cut into patches
 */
export function vit(shape: VitShape, inputShape: InputShape, numClasses: number): Network {
  const { patch, width, blocks } = shape;
  const [height, imageWidth, channels] = inputShape;
  if (height % patch !== 0 || imageWidth % patch !== 0) {
    throw new UserError(
      `This vision transformer cuts images into patches of ${patch}x${patch}; ${height}x${imageWidth} ones do not divide.`,
      "Use a dataset of another size, or another --model.",
    );
  }
  const body = sequential([
    tokenEmbedding({ height, width: imageWidth, channels, patch, tokenWidth: width }),
    ...Array.from({ length: blocks }, (_, index) => stage(`block${index + 1}`, block(index, shape))),
    // The norm works on each token alone, and only the class token's is read.
    firstToken,
    stage("norm", layerNorm("norm", width)),
  ]);
  return { body, head: linear("fc", width, numClasses) };
}

/** Attention, then a two-layer network for each token, both added to what comes in: [N, T, width] -> same. */
function block(index: number, { width, heads, hidden }: VitShape): Layer {
  const name = `transformer.blocks.${index}`;
  const attend = attention(`${name}.attn`, {
    width,
    heads,
    dropout: { rate: dropoutRate, index: 3 * index },
  });
  const project = linear(`${name}.proj`, width, width);
  const norm1 = layerNorm(`${name}.norm1`, width);
  const expand = linear(`${name}.pwff.fc1`, width, hidden);
  const contract = linear(`${name}.pwff.fc2`, hidden, width);
  const norm2 = layerNorm(`${name}.norm2`, width);
  const parts = sequential([
    skipConnection(sequential([norm1, attend, project, dropout(dropoutRate, 3 * index + 1)])),
    skipConnection(sequential([norm2, expand, gelu, contract, dropout(dropoutRate, 3 * index + 2)])),
  ]);
  // PyTorch lists a block's parts in the order of their names' declaration, not of the computation.
  const entries = [attend, project, norm1, expand, contract, norm2].flatMap((layer) => layer.entries);
  return { entries, forward: parts.forward };
}
