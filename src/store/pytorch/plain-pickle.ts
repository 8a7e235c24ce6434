import { FormatFault } from "../../errors.js";
import { ByteReader } from "../../pickle/byte-reader.js";
import { PickleConstructor, type PickleValue } from "../../pickle/pickle-values.js";
import { readNextPickle } from "../../pickle/safe-pickle.js";
import { parseLegacyFormat } from "./legacy-format.js";
import { torchConstructors } from "./torch-constructors.js";
import type { TorchFile } from "./torch-file.js";
import { TorchStorage } from "./torch-values.js";

/**
 * What Python's own `pickle.dump` writes of tensors: the numbers of each storage are a file of their own inside, in the format
 * before PyTorch 1.6.
 * @param bytes of which it keeps hold
 * @throws FormatFault for what is faulty, RefusedName for a name that is not allowed
 */
export function parsePlainPickle(bytes: Uint8Array): TorchFile {
  const files = new Map<string, readonly [TorchFile, TorchStorage]>();
  const loadFromBytes = ([content]: readonly PickleValue[]) => {
    if (!(content instanceof Uint8Array)) throw new FormatFault("a storage without its bytes");
    const file = parseLegacyFormat(content);
    if (!(file.root instanceof TorchStorage)) throw new FormatFault("a storage that is none");
    // Each file inside counts its own keys.
    const storage = new TorchStorage(String(files.size), file.root.type, file.root.count);
    files.set(storage.key, [file, file.root]);
    return storage;
  };
  const constructors = [
    ...torchConstructors,
    new PickleConstructor("torch.storage._load_from_bytes", loadFromBytes),
  ];
  const root = readNextPickle(new ByteReader(bytes), { constructors, hasUnknownNames: true });
  return {
    root,
    async read({ key }) {
      const found = files.get(key);
      if (found === undefined) throw new FormatFault("a tensor without its numbers");
      const [file, storage] = found;
      return file.read(storage);
    },
  };
}
