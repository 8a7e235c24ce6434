import type { FileHandle } from "node:fs/promises";
import { FormatFault } from "../../errors.js";
import { readExactly } from "../../files/read-exactly.js";
import { ByteReader } from "../../pickle/byte-reader.js";
import { type PickleValue, textOf, UnknownName } from "../../pickle/pickle-values.js";
import { readNextPickle } from "../../pickle/safe-pickle.js";
import { torchConstructors } from "./torch-constructors.js";
import type { TorchFile } from "./torch-file.js";
import { resolveStorage, type TorchStorage } from "./torch-values.js";

const maxFileBytes = 2 ** 31 - 1;
const magicNumber = 0x1950a86a20f9469cfc6cn;
const formatVersion = 1001;

/**
 * The format before PyTorch 1.6: pickles one after the other (magic number, version, about the machine, what was
 * saved, keys of the storages), then for each key the number of elements (u64) and the elements.
 * @throws Error that says what is wrong
 */
export async function openLegacyFormat(file: FileHandle): Promise<TorchFile> {
  const { size } = await file.stat();
  if (size > maxFileBytes) throw new Error("it is in the old format and larger than 2 GiB");
  return parseLegacyFormat(await readExactly(file, 0, size));
}

/** The same from bytes, of which it keeps hold. */
export function parseLegacyFormat(bytes: Uint8Array): TorchFile {
  const reader = new ByteReader(bytes);
  const readPlain = () => readNextPickle(reader, { constructors: [] });
  if (readPlain() !== magicNumber) throw new FormatFault("another magic number");
  if (readPlain() !== formatVersion) throw new FormatFault(`a format version other than ${formatVersion}`);
  const machine = readPlain();
  if (!(machine instanceof Map) || machine.get("little_endian") !== true) {
    throw new FormatFault("big-endian numbers");
  }
  const storages = new Map<string, TorchStorage>();
  const resolve = (id: PickleValue) => {
    // A class of networks: ("module", class, its file, its code)
    if (Array.isArray(id) && id[0] === "module" && id[1] instanceof UnknownName) return id[1];
    const storage = resolveStorage(id);
    storages.set(storage.key, storage);
    return storage;
  };
  const root = readNextPickle(reader, {
    constructors: torchConstructors,
    hasUnknownNames: true,
    resolve,
  });
  const data = readStorages(reader, readPlain(), storages);
  return {
    root,
    async read({ key, bytes }) {
      const stored = data.get(key);
      if (stored?.length !== bytes) throw new FormatFault(`a storage of ${bytes} bytes is not there`);
      return new Uint8Array(stored);
    },
  };
}

/** @returns each storage's bytes, not copied */
function readStorages(
  reader: ByteReader,
  keys: PickleValue,
  storages: ReadonlyMap<string, TorchStorage>,
): ReadonlyMap<string, Uint8Array> {
  if (!Array.isArray(keys)) throw new FormatFault("no list of storages");
  const data = new Map<string, Uint8Array>();
  for (const key of keys) {
    const storage = storages.get(textOf(key));
    if (storage === undefined) throw new FormatFault("a storage that nothing refers to");
    const count = reader.uint64();
    if (count !== storage.count) {
      throw new FormatFault(`a storage of ${count} elements, not ${storage.count}`);
    }
    data.set(storage.key, reader.bytes(storage.bytes));
  }
  return data;
}
