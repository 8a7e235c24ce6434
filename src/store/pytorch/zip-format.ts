import type { FileHandle } from "node:fs/promises";
import { readExactly } from "../../files/read-exactly.js";
import { findZipData, readZipDirectory, type ZipEntry } from "../../files/zip-directory.js";
import { ByteReader } from "../../pickle/byte-reader.js";
import { readNextPickle } from "../../pickle/safe-pickle.js";
import { torchConstructors } from "./torch-constructors.js";
import type { TorchFile } from "./torch-file.js";
import { resolveStorage } from "./torch-values.js";

/** Some 100,000 tensors. */
const maxPickleBytes = 32_000_000;

/**
 * The format since PyTorch 1.6: a zip archive, nothing compressed, of one folder with `data.pkl` and the storages as
 * `data/{key}`. Names are only compared, never used as paths.
 * @throws Error that says what is wrong
 */
export async function openZipFormat(file: FileHandle): Promise<TorchFile> {
  const members = await listMembers(file);
  const pickle = await member("data.pkl", maxPickleBytes);
  if (members.has("byteorder")) {
    const order = Buffer.from(await member("byteorder", 16)).toString("latin1");
    if (order !== "little") throw new Error("its numbers are big-endian");
  }
  return {
    root: readNextPickle(new ByteReader(pickle), {
      constructors: torchConstructors,
      hasUnknownNames: true,
      resolve: resolveStorage,
    }),
    async read(storage) {
      const bytes = await member(`data/${storage.key}`, storage.bytes);
      if (bytes.length !== storage.bytes) {
        throw new Error(`a storage of ${storage.bytes} bytes has ${bytes.length} in the archive`);
      }
      return bytes;
    },
  };

  async function member(name: string, maxBytes: number): Promise<Uint8Array> {
    const entry = members.get(name);
    if (entry === undefined) throw new Error(`it lacks ${JSON.stringify(name)}`);
    if (entry.method !== 0 || entry.size !== entry.compressedSize) {
      throw new Error("it is compressed, which torch.save never does");
    }
    if (entry.size > maxBytes)
      throw new Error(`its ${JSON.stringify(name)} is larger than ${maxBytes} bytes`);
    return readExactly(file, await findZipData(file, entry), entry.size);
  }
}

/** The archive's members by their names below its one folder. */
async function listMembers(file: FileHandle): Promise<ReadonlyMap<string, ZipEntry>> {
  const entries = await readZipDirectory(file);
  const other = otherArchive(entries.map(({ name }) => name));
  if (other !== undefined) throw new Error(other);
  const total = entries.reduce((sum, { compressedSize }) => sum + compressedSize, 0);
  const { size } = await file.stat();
  if (total > size) throw new Error("its members overlap");
  const folder = entries[0]?.name.split("/", 1)[0] ?? "";
  const members = new Map<string, ZipEntry>();
  for (const entry of entries) {
    const name = entry.name.startsWith(`${folder}/`) ? entry.name.slice(folder.length + 1) : undefined;
    if (name === undefined) throw new Error(`it holds ${JSON.stringify(entry.name)} outside of its folder`);
    if (members.has(name)) throw new Error(`it holds ${JSON.stringify(entry.name)} twice`);
    members.set(name, entry);
  }
  return members;
}

/** What people take for a checkpoint and is a zip archive too. */
function otherArchive(names: readonly string[]): string | undefined {
  const has = (pattern: RegExp) => names.some((name) => pattern.test(name));
  if (has(/^[^/]*\/constants\.pkl$/) && has(/^[^/]*\/code\//))
    return "it is a TorchScript program, of which the weights alone are needed";
  if (has(/^[^/]*\/data\.pkl$/)) return undefined;
  if (has(/\.npy$/)) return "it is an archive of NumPy arrays (.npz)";
  if (has(/\.h5$/)) return "it is a Keras model";
  const inside = names.find((name) => /\.(pth|pt|bin|ckpt|tar|pkl|safetensors)$/i.test(name));
  return inside === undefined
    ? undefined
    : `it is an archive with ${JSON.stringify(inside)} in it: unpack that`;
}
