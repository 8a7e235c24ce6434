import type { FileHandle } from "node:fs/promises";
import { UserError } from "../errors.js";
import { readExactly } from "../files/read-exactly.js";
import { openRegularFile, unreadable } from "../files/regular-file.js";

/** How a file holds a state dict; told by its first bytes, whatever its name. */
export type CheckpointFormat = "safetensors" | "torch zip" | "torch legacy" | "pickle";

/** Enough for all that is told apart below. */
const startBytes = 512;

/** The magic number of torch.save before PyTorch 1.6, as any protocol writes it. */
const legacyMagic = "\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19";

/** @throws UserError when it is missing, or that says what it is when it is no checkpoint */
export async function formatOfFile(path: string): Promise<CheckpointFormat> {
  const file = await openRegularFile(path).catch(unreadable(path, "Check the path."));
  try {
    return await checkpointFormat(file, path);
  } finally {
    await file.close();
  }
}

/** The same of an open file. @param path for messages */
export async function checkpointFormat(file: FileHandle, path: string): Promise<CheckpointFormat> {
  const { size } = await file.stat();
  const start = (await readExactly(file, 0, Math.min(size, startBytes))).toString("latin1");
  const format = formatOf(start);
  if (format !== undefined) return format;
  const { what, advice } = otherKind(start);
  throw new UserError(`${path} is no checkpoint but ${what}.`, advice);
}

/** @param start one character a byte */
function formatOf(start: string): CheckpointFormat | undefined {
  if (start.startsWith("PK\x03\x04")) return "torch zip";
  if (start[0] === "\x80" && "\x02\x03\x04\x05".includes(start[1]))
    return start.slice(0, 32).includes(legacyMagic) ? "torch legacy" : "pickle";
  // A header of less than 4 GB; whether the file is as long as it says is for its reader to tell.
  return start.startsWith("\0\0\0\0{", 4) ? "safetensors" : undefined;
}

type Test = (start: string) => boolean;

const begins =
  (...magics: readonly string[]): Test =>
  (start) =>
    magics.some((magic) => start.startsWith(magic));
const holds =
  (magic: string, position: number): Test =>
  (start) =>
    start.startsWith(magic, position);
const matches =
  (pattern: RegExp): Test =>
  (start) =>
    pattern.test(start);

const again = "Fetch or save it again.";
const fetchFile = "It came in place of the file: fetch the file itself.";
const unpack = "Unpack it, and give the checkpoint inside.";
const giveState = "Give a network's state_dict() as torch.save or safetensors writes it.";

/** What people take for checkpoints, the first that fits. */
const otherKinds: readonly (readonly [test: Test, what: string, advice: string])[] = [
  [matches(/^$/), "an empty file", again],
  [begins("version https://git-lfs"), "a Git LFS pointer", "Fetch the file itself: git lfs pull."],
  [matches(/^\s*<(!doctype|html|head|!--)/i), "a web page (HTML)", fetchFile],
  [matches(/^\s*<\?xml/), "an XML text", fetchFile],
  [matches(/^\s*[{[]\s*["\d{[\]}]/), "a JSON text", fetchFile],
  [begins("\x1f\x8b"), "a file compressed with gzip", unpack],
  [begins("BZh"), "a file compressed with bzip2", unpack],
  [begins("\xfd7zXZ\0"), "a file compressed with xz", unpack],
  [begins("\x28\xb5\x2f\xfd"), "a file compressed with zstd", unpack],
  [begins("7z\xbc\xaf\x27\x1c"), "a 7-Zip archive", unpack],
  [begins("Rar!\x1a\x07"), "a RAR archive", unpack],
  [holds("ustar", 257), "a tar archive", unpack],
  [begins("PK"), "an incomplete zip archive", again],
  [begins("\x93NUMPY"), "a NumPy array (.npy)", giveState],
  [begins("\x89HDF\r\n\x1a\n"), "an HDF5 file, such as Keras writes", giveState],
  [(start) => start[0] === "\x08" && start[2] === "\x12", "a protocol buffer, such as ONNX", giveState],
  [holds("TFL3", 4), "a TensorFlow Lite network", giveState],
  [begins("GGUF"), "a GGUF language model", giveState],
  [begins("\x89PNG", "\xff\xd8\xff", "GIF8", "RIFF"), "an image", giveState],
  [begins("%PDF"), "a PDF document", giveState],
  [matches(/^[\t\n\r\x20-\x7e]{8}/), "a text", giveState],
];

function otherKind(start: string): { readonly what: string; readonly advice: string } {
  const found = otherKinds.find(([test]) => test(start));
  if (found !== undefined) return { what: found[1], advice: found[2] };
  const bytes = Buffer.from(start.slice(0, 8), "latin1")
    .toString("hex")
    .replace(/..(?=.)/g, "$& ");
  return { what: `a file of unknown kind, which begins with the bytes ${bytes}`, advice: giveState };
}
