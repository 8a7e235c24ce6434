import { stat } from "node:fs/promises";
import { UserError } from "../errors.js";
import { isPytorch, isSafetensors } from "./checkpoint.js";
import { type PytorchState, readPytorch } from "./pytorch/read-pytorch.js";
import { writePytorch } from "./pytorch/write-pytorch.js";
import { readSafetensors, writeSafetensors } from "./safetensors.js";

/** What a conversion wrote, and what it could not take along. */
export interface Conversion extends Pick<PytorchState, "takenFrom" | "leftOut"> {
  /** Tensors written. */
  readonly entries: number;
  /** Length of the file written. */
  readonly bytes: number;
  /** Whether the input had metadata (how it was made) for which the output has no place. */
  readonly lostMetadata: boolean;
}

/**
 * Reads one checkpoint file and writes it in the format that the other's extension says: safetensors, or PyTorch's.
 * @param force whether `output` may be there already; it is then replaced
 * @throws UserError when a path will not do, or the input cannot be read
 */
export async function convertCheckpoint(input: string, output: string, force: boolean): Promise<Conversion> {
  if (!isPytorch(input) && !isSafetensors(input)) {
    throw new UserError(`${input} is of an unknown kind.`, "Give a .pth, .pt, .pkl or .safetensors file.");
  }
  const toPytorch = isPytorch(output) && !output.endsWith(".pkl");
  if (!toPytorch && !isSafetensors(output)) {
    throw new UserError(
      `Cannot tell what to write as ${output}.`,
      "Let it end in .safetensors, .pth or .pt.",
    );
  }
  if (!force && (await stat(output).catch(() => undefined)) !== undefined) {
    throw new UserError(`${output} is there already.`, "Give another path, or --force to replace it.");
  }
  const { state, metadata, ...found } = isPytorch(input)
    ? { metadata: {}, ...(await readPytorch(input)) }
    : { leftOut: [], ...(await readSafetensors(input)) };
  if (toPytorch) await writePytorch(output, state);
  else await writeSafetensors(output, { state, metadata });
  const { size } = await stat(output);
  const lostMetadata = toPytorch && Object.keys(metadata).length > 0;
  return { ...found, entries: state.size, bytes: size, lostMetadata };
}
