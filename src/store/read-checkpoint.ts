import { formatOfFile } from "./checkpoint-format.js";
import { readPytorch } from "./pytorch/read-pytorch.js";
import { type Checkpoint, readSafetensors } from "./safetensors.js";
import { withoutWrappers } from "./wrapped-names.js";

/** A state as it was found in a file. */
export interface FoundCheckpoint extends Checkpoint {
  /** The entry of the file that it is from, dots between levels; undefined when it is the whole file. */
  readonly takenFrom?: string;
  /** Names of what else the file holds. */
  readonly leftOut: readonly string[];
}

/**
 * Reads one file, which its first bytes tell the format of: safetensors, or a PyTorch file, which has no metadata.
 * @throws UserError when it is missing, damaged, hostile or something else
 */
export async function readCheckpointFile(path: string): Promise<FoundCheckpoint> {
  if ((await formatOfFile(path)) !== "safetensors") return { metadata: {}, ...(await readPytorch(path)) };
  const { state, metadata } = await readSafetensors(path);
  return { state: new Map(withoutWrappers(state)), metadata, leftOut: [] };
}
