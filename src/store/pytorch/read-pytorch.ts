import type { FileHandle } from "node:fs/promises";
import { messageOf, UserError } from "../../errors.js";
import { readExactly } from "../../files/read-exactly.js";
import { openRegularFile, unreadable } from "../../files/regular-file.js";
import { RefusedName } from "../../pickle/pickle-machine.js";
import { printable } from "../../pickle/printable.js";
import { refusal } from "../../pickle/safe-pickle.js";
import { type CheckpointFormat, checkpointFormat } from "../checkpoint-format.js";
import type { StateDict } from "../state-dict.js";
import { type FoundState, findState } from "./find-state.js";
import { openLegacyFormat } from "./legacy-format.js";
import { parsePlainPickle } from "./plain-pickle.js";
import { readTensors } from "./tensor-numbers.js";
import type { TorchFile } from "./torch-file.js";
import { openZipFormat } from "./zip-format.js";

/** What was read of a PyTorch file, and what not. */
export interface PytorchState extends Pick<FoundState, "takenFrom" | "leftOut"> {
  readonly state: StateDict;
}

const maxPickleBytes = 2 ** 31 - 1;
const saveState = "Have model.state_dict() saved with torch.save, or fetch the file again.";
const saveAlone =
  'Nothing of it was run. Where you trust it, save its weights alone in Python: torch.save(checkpoint["state_dict"], path).';

/**
 * Reads what `torch.save` wrote, in its format of today or the one before 1.6, or Python's own `pickle.dump`. The file may be
 * damaged or hostile: nothing in it is executed, and everything is checked before memory is taken.
 * @throws UserError when it cannot be read, or asks for more than a state dict needs
 */
export async function readPytorch(path: string): Promise<PytorchState> {
  const file = await openRegularFile(path).catch(unreadable(path, "Check the path."));
  try {
    const opened = await openTorchFile(file, await checkpointFormat(file, path));
    const { tensors, ...found } = findState(opened.root);
    return { ...found, state: await readTensors(opened, tensors) };
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    if (cause instanceof RefusedName) throw refusal(path, cause, saveAlone);
    const reason = printable(messageOf(cause), 300);
    throw new UserError(`${path} is not a readable PyTorch file: ${reason}.`, saveState, { cause });
  } finally {
    await file.close();
  }
}

async function openTorchFile(file: FileHandle, format: CheckpointFormat): Promise<TorchFile> {
  switch (format) {
    case "torch zip":
      return openZipFormat(file);
    case "torch legacy":
      return openLegacyFormat(file);
    case "pickle":
      return openPlainPickle(file);
    case "safetensors":
      throw new Error("it is a safetensors file");
  }
}

async function openPlainPickle(file: FileHandle): Promise<TorchFile> {
  const { size } = await file.stat();
  if (size > maxPickleBytes) throw new Error("it is a pickle of more than 2 GiB");
  return parsePlainPickle(await readExactly(file, 0, size));
}
