import { Zip, ZipPassThrough } from "fflate";
import { UserError } from "../../errors.js";
import { writeFileAtomic } from "../../files/atomic-file.js";
import { elementCount, type StateDict } from "../state-dict.js";
import { encodeNumbers } from "../stored-numbers.js";
import { encodeStatePickle } from "./encode-pickle.js";

/** What zip without its 64-bit extension can hold; some is kept for headers. */
const maxBytes = 2 ** 32 - 2 ** 26;
const maxEntries = 65_000;
const maxAxes = 2 ** 31;
/** torch.save starts every member at a multiple of it, so that a file can be mapped into memory. */
const alignment = 64;
const localHeaderBytes = 30;
const extraHeaderBytes = 4;
/** torch.save's name for the padding before a member ("FB"). */
const paddingField = 0x4246;

/**
 * Writes a state dict as torch.save does (its zip format), atomically: float32 tensors, and int64 ones for counters.
 * The same state gives the same bytes.
 * @throws UserError when it is too large for the format
 */
export async function writePytorch(path: string, state: StateDict): Promise<void> {
  const numbers = [...state].map(([name, entry]) => encodeNumbers(name, entry));
  const total = numbers.reduce((sum, { length }) => sum + length, 0);
  if (total > maxBytes || state.size > maxEntries) {
    throw new UserError(`${path} would be larger than 4 GB.`, "Keep it as .safetensors.");
  }
  for (const [name, { shape }] of state) {
    // Of a tensor without elements: with elements it would be too large already.
    if (elementCount(shape.map((size) => Math.max(size, 1))) >= maxAxes) {
      throw new UserError(`${path}: "${name}" [${shape}] cannot be written.`, "Keep it as .safetensors.");
    }
  }
  await writeFileAtomic(
    path,
    ...zipStored([
      ["data.pkl", encodeStatePickle(state)],
      ["byteorder", Buffer.from("little")],
      ...numbers.map((bytes, key): [string, Uint8Array] => [`data/${key}`, bytes]),
      ["version", Buffer.from("3\n")],
    ]),
  );
}

/** The parts of a zip archive of one folder, nothing compressed, every member aligned. */
function zipStored(members: readonly (readonly [string, Uint8Array])[]): Uint8Array[] {
  const parts: Uint8Array[] = [];
  let position = 0;
  const zip = new Zip((error, part) => {
    if (error !== null) throw error;
    parts.push(part);
    position += part.length;
  });
  for (const [name, bytes] of members) {
    const member = new ZipPassThrough(`archive/${name}`);
    const unpadded = position + localHeaderBytes + member.filename.length + extraHeaderBytes;
    member.extra = { [paddingField]: new Uint8Array((alignment - (unpadded % alignment)) % alignment) };
    member.mtime = new Date(1980, 0, 1);
    zip.add(member);
    member.push(bytes, true);
  }
  zip.end();
  return parts;
}
