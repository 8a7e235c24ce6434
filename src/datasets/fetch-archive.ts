import { rm, stat } from "node:fs/promises";
import path from "node:path";
import { messageOf, UserError } from "../errors.js";
import { makeFolder } from "../files/make-folder.js";
import { makeOnce } from "../files/make-once.js";
import { sha256OfFile } from "../files/sha256.js";
import type { Reporter } from "../reporter.js";
import { download, type RemoteFile } from "./download.js";

/** A dataset's archive, where it comes from, and how it is unpacked. */
export interface DatasetArchive {
  /** The dataset, for lines to the user. */
  readonly title: string;
  /** Name of the packed file. */
  readonly file: string;
  readonly remote: RemoteFile;
  /** Leaves the dataset's folder in `datasetDir`, complete or not at all. */
  readonly unpack: (archive: string, datasetDir: string, options: FetchOptions) => Promise<void>;
  /** Where the files may be put by hand. */
  readonly byHand: (datasetDir: string) => string;
}

export interface FetchOptions {
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

interface FindOptions extends FetchOptions {
  /** Where datasets lie, and are brought to. */
  readonly datasetDir: string;
}

/**
 * What `find` finds in `datasetDir`, after fetching the dataset where it is not there. Of several processes one fetches it, the
 * others wait.
 * @throws UserError as `fetchArchive`
 */
export async function findOrFetch<Found>(
  find: (datasetDir: string) => Promise<Found | undefined>,
  archive: DatasetArchive,
  options: FindOptions,
): Promise<Found> {
  const { datasetDir, signal } = options;
  const fetch = async () => {
    await fetchArchive(archive, datasetDir, options);
    const fetched = await find(datasetDir);
    if (fetched === undefined)
      throw new Error(`${archive.title} is not in ${datasetDir} after its download.`);
    return fetched;
  };
  try {
    return await makeOnce(path.join(datasetDir, archive.file), () => find(datasetDir), fetch, options);
  } catch (error) {
    signal?.throwIfAborted();
    throw error instanceof UserError ? error : cannotGet(archive, datasetDir, error);
  }
}

/**
 * Brings a dataset to `datasetDir`: from an archive that lies there, else from its official place. A download that stopped
 * goes on at the next call.
 * @throws UserError that says what failed and which file to put where
 */
export async function fetchArchive(
  archive: DatasetArchive,
  datasetDir: string,
  options: FetchOptions,
): Promise<void> {
  const { title, remote } = archive;
  const { reporter, signal } = options;
  const target = path.join(datasetDir, archive.file);
  try {
    await makeFolder(datasetDir);
    const isThere = await stat(target).then(
      (found) => found.isFile(),
      () => false,
    );
    if (isThere) {
      const hash = await sha256OfFile(target);
      if (hash !== remote.sha256) throw new Error(`${target} has the SHA-256 ${hash}, not ${remote.sha256}`);
    } else {
      reporter.info(`${title} is not in ${datasetDir}: downloading it from ${remote.url}.`);
      await download(remote, target, { label: `Downloading ${title}`, ...options });
    }
    reporter.info(`Unpacking ${target}.`);
    await archive.unpack(target, datasetDir, options);
    if (!isThere) await rm(target);
  } catch (error) {
    signal?.throwIfAborted();
    throw cannotGet(archive, datasetDir, error);
  }
}

const cannotGet = ({ title, file, remote, byHand }: DatasetArchive, datasetDir: string, cause: unknown) =>
  new UserError(
    `Cannot get ${title}: ${messageOf(cause)}.`,
    [
      `Fetch ${remote.url} elsewhere and put it, packed, at ${path.join(datasetDir, file)};`,
      `or put the unpacked files at ${byHand(datasetDir)}.`,
      "With --dataset synthetic nothing needs to be downloaded.",
    ].join(" "),
    { cause },
  );
