import { stat } from "node:fs/promises";
import { extname } from "node:path";
import { UserError } from "../errors.js";
import { isPytorch, isSafetensors } from "./checkpoint.js";
import { writePytorch } from "./pytorch/write-pytorch.js";
import { type FoundCheckpoint, readCheckpointFile } from "./read-checkpoint.js";
import { writeSafetensors } from "./safetensors.js";

/** What a conversion wrote, and what it could not take along. */
export interface Conversion extends Pick<FoundCheckpoint, "takenFrom" | "leftOut"> {
  /** Tensors written. */
  readonly entries: number;
  /** Length of the file written. */
  readonly bytes: number;
  /** Whether the input had metadata (how it was made) for which the output has no place. */
  readonly lostMetadata: boolean;
}

/**
 * Reads one checkpoint file, in whatever format it is, and writes it in the one that the extension of the other says:
 * safetensors, or PyTorch's.
 * @param force whether `output` may be there already; it is then replaced
 * @throws UserError when a path will not do, or the input cannot be read
 */
export async function convertCheckpoint(input: string, output: string, force: boolean): Promise<Conversion> {
  const toPytorch = isPytorch(output) && extname(output).toLowerCase() !== ".pkl";
  if (!toPytorch && !isSafetensors(output)) {
    throw new UserError(
      `Cannot tell what to write as ${output}.`,
      "Let it end in .safetensors, or in .pth, .pt, .pth.tar, .bin or .ckpt.",
    );
  }
  if (!force && (await stat(output).catch(() => undefined)) !== undefined) {
    throw new UserError(`${output} is there already.`, "Give another path, or --force to replace it.");
  }
  const { state, metadata, ...found } = await readCheckpointFile(input);
  if (toPytorch) await writePytorch(output, state);
  else await writeSafetensors(output, { state, metadata });
  const { size } = await stat(output);
  const lostMetadata = toPytorch && Object.keys(metadata).length > 0;
  return { ...found, entries: state.size, bytes: size, lostMetadata };
}
