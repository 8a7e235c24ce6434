import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { UserError } from "../errors.js";
import { checkIsFile } from "../files/regular-file.js";
import { sha256OfFile } from "../files/sha256.js";
import { formatOfFile } from "./checkpoint-format.js";
import { type FoundCheckpoint, readCheckpointFile } from "./read-checkpoint.js";
import { readSeal, writeSafetensors } from "./safetensors.js";
import type { StateDict } from "./state-dict.js";

/** Of files that torch.save wrote, by custom. */
const pytorchExtension = /\.(pth\.tar|pth|pt|bin|ckpt|pkl)$/i;
const ownExtension = ".safetensors";

/** Whether a path's extension is one of PyTorch's. */
export const isPytorch = (path: string): boolean => pytorchExtension.test(path);

/** Whether a path's extension is `.safetensors`. */
export const isSafetensors = (path: string): boolean => extname(path).toLowerCase() === ownExtension;

/** Where a model given as `path` is saved: the same stem with `.safetensors`. */
export function savePathFor(path: string): string {
  if (isSafetensors(path)) return path;
  // A stem may hold dots of its own (`model_lc_CIFAR10_16_0.1_200_128`): take off only what is a model's extension.
  return path.replace(pytorchExtension, "") + ownExtension;
}

/** The file a model path stands for: itself, or the same stem with `.safetensors`. @returns undefined when neither is there @throws UserError for what is no file */
export async function resolveCheckpoint(path: string): Promise<string | undefined> {
  for (const candidate of [path, savePathFor(path)]) {
    const info = await stat(candidate).catch(() => undefined);
    if (info === undefined) continue;
    checkIsFile(candidate, info);
    return candidate;
  }
  return undefined;
}

/**
 * Reads a model's state, see `readCheckpointFile`.
 * @param path as the user gave it, see `resolveCheckpoint`
 * @throws UserError when it is missing, damaged or hostile
 */
export async function readCheckpoint(path: string): Promise<FoundCheckpoint> {
  const found = await resolveCheckpoint(path);
  if (found === undefined) {
    const tried = [...new Set([path, savePathFor(path)])].join(" or ");
    throw new UserError(
      `There is no checkpoint ${tried}.`,
      "Check the path, or run the stage that trains it.",
    );
  }
  return readCheckpointFile(found);
}

/** Digest (SHA-256, hex) of a checkpoint's content: of one of ours as it was sealed, no tensor is read. @throws UserError */
export const checkpointDigest = async (path: string): Promise<string> =>
  ((await formatOfFile(path)) === "safetensors" ? await readSeal(path) : undefined) ?? sha256OfFile(path);

/** Writes a model's state as safetensors, atomically. @param path its extension must be `.safetensors` */
export async function writeCheckpoint(
  path: string,
  state: StateDict,
  metadata: Record<string, string> = {},
): Promise<void> {
  if (!isSafetensors(path)) throw new Error(`${path}: checkpoints are written as ${ownExtension}.`);
  await writeSafetensors(path, { state, metadata });
}
