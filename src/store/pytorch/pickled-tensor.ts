import { FormatFault, messageOf, UserError } from "../../errors.js";
import { readRegularFile } from "../../files/regular-file.js";
import { PickleConstructor, type PickleValue } from "../../pickle/pickle-values.js";
import { readPickle } from "../../pickle/safe-pickle.js";
import type { StateArray } from "../state-dict.js";
import { parseLegacyFormat } from "./legacy-format.js";
import { readTensors } from "./tensor-numbers.js";
import { torchConstructors } from "./torch-constructors.js";
import type { TorchFile } from "./torch-file.js";
import { TorchStorage, TorchTensor } from "./torch-values.js";

const maxFileBytes = 2 ** 28;

/**
 * Reads a tensor that Python's own `pickle.dump` wrote: its numbers are a file of their own inside, in the format before
 * PyTorch 1.6. Nothing in it is executed.
 * @throws UserError when it is missing, damaged, holds something else, or asks for more than a tensor needs
 */
export async function readPickledTensor(path: string): Promise<StateArray> {
  const bytes = await readRegularFile(path, maxFileBytes).catch((cause: unknown) => {
    if (cause instanceof UserError) throw cause;
    throw unreadable(path, messageOf(cause), cause);
  });
  const files = new Map<TorchStorage, TorchFile>();
  const loadFromBytes = ([bytes]: readonly PickleValue[]) => {
    if (!(bytes instanceof Uint8Array)) throw new FormatFault("a storage without its bytes");
    const file = parseLegacyFormat(bytes);
    if (!(file.root instanceof TorchStorage)) throw new FormatFault("a storage that is none");
    files.set(file.root, file);
    return file.root;
  };
  const constructors = [
    ...torchConstructors,
    new PickleConstructor("torch.storage._load_from_bytes", loadFromBytes),
  ];
  const root = readPickle(bytes, { source: path, constructors });
  if (!(root instanceof TorchTensor)) throw unreadable(path, "it holds no tensor");
  const file = files.get(root.storage);
  if (file === undefined) throw unreadable(path, "it holds a tensor without its numbers");
  try {
    const tensor = (await readTensors(file, new Map([["tensor", root]]))).get("tensor");
    if (tensor === undefined) throw new Error("it holds no numbers");
    return tensor;
  } catch (cause) {
    throw unreadable(path, messageOf(cause), cause);
  }
}

const unreadable = (path: string, reason: string, cause?: unknown): UserError =>
  new UserError(`${path} is no readable pickled tensor: ${reason}.`, "Fetch it again, or move it away.", {
    cause,
  });
