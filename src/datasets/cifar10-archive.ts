import { mkdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { UserError } from "../errors.js";
import type { Reporter } from "../reporter.js";
import { binaryLayout, filesOf, pickleLayout } from "./cifar10-layout.js";
import { download, hashFile, type RemoteFile } from "./download.js";
import { unpack } from "./unpack.js";

const ARCHIVE = "cifar-10-binary.tar.gz";

/** The official archive of the binary layout. */
const officialArchive: RemoteFile = {
  url: `https://www.cs.toronto.edu/~kriz/${ARCHIVE}`,
  bytes: 170_052_171,
  sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
};

/** Six batches of 30.73 MB, with room for the small files beside them. */
const MAX_UNPACKED_BYTES = 200e6;

interface FetchOptions {
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
  /** Another place or version of the archive. */
  readonly archive?: RemoteFile;
}

function hintFor(datasetDir: string): string {
  const files = (names: readonly string[]) => `${names[0]} … ${names.at(-2)}, ${names.at(-1)}`;
  return [
    `Fetch ${officialArchive.url} elsewhere and put it, packed, at ${path.join(datasetDir, ARCHIVE)};`,
    `or put the unpacked files at ${path.join(datasetDir, binaryLayout.folder)}/ (${files(filesOf(binaryLayout))})`,
    `or ${path.join(datasetDir, pickleLayout.folder)}/ (${files(filesOf(pickleLayout))}).`,
    "With --dataset synthetic nothing needs to be downloaded.",
  ].join(" ");
}

/**
 * Brings CIFAR-10 to `{datasetDir}/cifar-10-batches-bin`: from an archive that lies in `datasetDir`, else from its
 * official place. A download that stopped goes on at the next call.
 * @throws UserError that says what failed and which file to put where
 */
export async function fetchCifar10(datasetDir: string, options: FetchOptions): Promise<void> {
  const { reporter, signal, archive = officialArchive } = options;
  const target = path.join(datasetDir, ARCHIVE);
  try {
    await mkdir(datasetDir, { recursive: true });
    const isThere = await stat(target).then(
      (found) => found.isFile(),
      () => false,
    );
    if (isThere) {
      const hash = await hashFile(target);
      if (hash !== archive.sha256)
        throw new Error(`${target} has the SHA-256 ${hash}, not ${archive.sha256}`);
    } else {
      reporter.info(`CIFAR-10 is not in ${datasetDir}: downloading it from ${archive.url}.`);
      await download(archive, target, { label: "Downloading CIFAR-10", reporter, ...(signal && { signal }) });
    }
    const [folder, files] = [binaryLayout.folder, filesOf(binaryLayout)];
    const ignored = ["batches.meta.txt", "readme.html"];
    await unpack(target, datasetDir, { folder, files, ignored, maxBytes: MAX_UNPACKED_BYTES });
    if (!isThere) await rm(target);
  } catch (error) {
    signal?.throwIfAborted();
    const reason = error instanceof Error ? error.message : String(error);
    throw new UserError(`Cannot get CIFAR-10: ${reason}.`, hintFor(datasetDir), { cause: error });
  }
}
