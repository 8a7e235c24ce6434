import { messageOf, UserError } from "../../errors.js";
import { readRegularFile } from "../../files/regular-file.js";
import { RefusedName } from "../../pickle/pickle-machine.js";
import { refusal } from "../../pickle/safe-pickle.js";
import type { StateArray } from "../state-dict.js";
import { parsePlainPickle } from "./plain-pickle.js";
import { readTensors } from "./tensor-numbers.js";
import { TorchTensor } from "./torch-values.js";

const maxFileBytes = 2 ** 28;
const hint = "Fetch it again, or move it away.";

/**
 * Reads a tensor that Python's own `pickle.dump` wrote. Nothing in it is executed.
 * @throws UserError when it is missing, damaged, holds something else, or asks for more than a tensor needs
 */
export async function readPickledTensor(path: string): Promise<StateArray> {
  try {
    const file = parsePlainPickle(await readRegularFile(path, maxFileBytes));
    if (!(file.root instanceof TorchTensor)) throw new Error("it holds no tensor");
    const tensor = (await readTensors(file, new Map([["tensor", file.root]]))).get("tensor");
    if (tensor === undefined) throw new Error("it holds no numbers");
    return tensor;
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    if (cause instanceof RefusedName) throw refusal(path, cause, hint);
    throw new UserError(`${path} is no readable pickled tensor: ${messageOf(cause)}.`, hint, { cause });
  }
}
