import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { UserError } from "../errors.js";
import { checkIsFile } from "../files/regular-file.js";
import { sha256OfFile } from "../files/sha256.js";
import { readPytorch } from "./pytorch/read-pytorch.js";
import { type Checkpoint, readSafetensors, readSeal, writeSafetensors } from "./safetensors.js";
import type { StateDict } from "./state-dict.js";

const pytorchExtensions = [".pth", ".pt", ".pkl"];
const ownExtension = ".safetensors";

/** Whether a path's extension is one of PyTorch's. */
export const isPytorch = (path: string): boolean => pytorchExtensions.includes(extname(path));

/** Whether a path's extension is `.safetensors`. */
export const isSafetensors = (path: string): boolean => extname(path) === ownExtension;

/** Where a model given as `path` is saved: the same stem with `.safetensors`. */
export function savePathFor(path: string): string {
  if (isSafetensors(path)) return path;
  // A stem may hold dots of its own (`model_lc_CIFAR10_16_0.1_200_128`): take off only what is a model's extension.
  const stem = isPytorch(path) ? path.slice(0, -extname(path).length) : path;
  return stem + ownExtension;
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
 * Reads a model's state: safetensors, or a PyTorch file, which has no metadata.
 * @param path as the user gave it, see `resolveCheckpoint`
 * @throws UserError when it is missing, damaged or hostile
 */
export async function readCheckpoint(path: string): Promise<Checkpoint> {
  const found = await resolveCheckpoint(path);
  if (found === undefined) {
    const tried = [...new Set([path, savePathFor(path)])].join(" or ");
    throw new UserError(
      `There is no checkpoint ${tried}.`,
      "Check the path, or run the stage that trains it.",
    );
  }
  if (isPytorch(found)) return { state: (await readPytorch(found)).state, metadata: {} };
  return readSafetensors(found);
}

/** Digest (SHA-256, hex) of a checkpoint's content: of one of ours as it was sealed, no tensor is read. @throws UserError */
export const checkpointDigest = async (path: string): Promise<string> =>
  (isSafetensors(path) ? await readSeal(path) : undefined) ?? sha256OfFile(path);

/** Writes a model's state as safetensors, atomically. @param path its extension must be `.safetensors` */
export async function writeCheckpoint(
  path: string,
  state: StateDict,
  metadata: Record<string, string> = {},
): Promise<void> {
  if (!isSafetensors(path)) throw new Error(`${path}: checkpoints are written as ${ownExtension}.`);
  await writeSafetensors(path, { state, metadata });
}
