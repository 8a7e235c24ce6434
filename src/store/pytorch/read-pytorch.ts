import type { FileHandle } from "node:fs/promises";
import { messageOf, UserError } from "../../errors.js";
import { readExactly } from "../../files/read-exactly.js";
import { openRegularFile } from "../../files/regular-file.js";
import { RefusedName } from "../../pickle/pickle-machine.js";
import { printable } from "../../pickle/printable.js";
import type { StateDict } from "../state-dict.js";
import { type FoundState, findState } from "./find-state.js";
import { legacyStart, openLegacyFormat } from "./legacy-format.js";
import { readTensors } from "./tensor-numbers.js";
import type { TorchFile } from "./torch-file.js";
import { openZipFormat, zipStart } from "./zip-format.js";

/** What was read of a PyTorch file, and what not. */
export interface PytorchState extends Pick<FoundState, "takenFrom" | "leftOut"> {
  readonly state: StateDict;
}

/**
 * Reads what `torch.save` wrote, in its format of today or the one before 1.6. The file may be damaged or hostile:
 * nothing in it is executed, and everything is checked before memory is taken.
 * @throws UserError when it cannot be read, or asks for more than a state dict needs
 */
export async function readPytorch(path: string): Promise<PytorchState> {
  const file = await openRegularFile(path).catch((cause: unknown) => {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`Cannot read ${path}.`, "Check the path.", { cause });
  });
  try {
    const opened = await openTorchFile(file);
    const { tensors, ...found } = findState(opened.root);
    return { ...found, state: await readTensors(opened, tensors) };
  } catch (cause) {
    if (cause instanceof RefusedName) {
      throw new UserError(
        `Refused ${path}: it asks to run "${cause.message}", which a state dict has no need of.`,
        "It may be hostile: do not load it in Python unless you trust who made it. If it is a whole model, " +
          "have its maker save `model.state_dict()` instead.",
        { cause },
      );
    }
    const reason = printable(messageOf(cause), 300);
    const hint = "Fetch it again, or save the model's `state_dict()` with torch.save.";
    throw new UserError(`${path} is not a readable PyTorch file: ${reason}.`, hint, { cause });
  } finally {
    await file.close();
  }
}

async function openTorchFile(file: FileHandle): Promise<TorchFile> {
  const info = await file.stat();
  const start = await readExactly(file, 0, Math.min(info.size, legacyStart.length));
  if (start.equals(legacyStart)) return openLegacyFormat(file);
  if (start.subarray(0, zipStart.length).equals(zipStart)) return openZipFormat(file);
  throw new Error("it does not start as torch.save's files do");
}
