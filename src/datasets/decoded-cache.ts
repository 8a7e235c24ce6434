import { stat } from "node:fs/promises";
import { z } from "zod";
import { readJson, writeFileAtomic } from "../files/atomic-file.js";
import { makeOnce } from "../files/make-once.js";
import { removeStalePartials } from "../files/partials.js";
import { sha256OfFile } from "../files/sha256.js";
import { checkShare, refuseBad, writeBadFiles } from "./bad-files.js";
import { decodeRows } from "./decode-rows.js";
import { type DecodeTask, type Decoding, type Progress, recipeOf } from "./decode-task.js";
import { filePixels } from "./file-pixels.js";
import type { BadFile } from "./list-images.js";
import type { Pixels } from "./pixels.js";
import { contentHash, hashContent, identityOf } from "./source-content.js";
import { maxFileBytes, type SourceFile, statSources } from "./source-files.js";

interface DecodedImages {
  readonly pixels: Pixels;
  /** int32 [N], ascending: row i comes from files[kept[i]]. */
  readonly kept: Int32Array;
}

const indexSchema = z.object({
  /** See `contentHash`. */
  content: z.string(),
  /** See `identityOf`; null where it told nothing yet. */
  identity: z.string().nullable(),
  /** Of the rows. */
  sha256: z.string(),
  /** What could not be decoded. */
  skipped: z.array(z.object({ path: z.string(), reason: z.string() })),
});
type Index = z.infer<typeof indexSchema>;

/**
 * The images of a task, read row by row from a cache file. They are decoded once, by one of several processes that ask for
 * them; changed source files, another task or a damaged cache have them decoded again. What cannot be used is an error, or is
 * skipped, listed beside the cache and said.
 * @throws UserError naming the source file that cannot be used; the system's error, with its `path`, where the cache cannot be written
 */
export async function decodedPixels(task: DecodeTask, progress: Progress): Promise<DecodedImages> {
  const { title, cache, root, files, onBadImage, side } = task;
  const raw = `${cache}.raw`;
  const found = await (task.container?.stat() ?? statSources(root, files, maxFileBytes));
  const unfit = [...task.bad, ...found.filter(isBad)];
  const total = files.length + task.bad.length;
  const check = (undecodable: readonly BadFile[]) => checkShare(root, [...unfit, ...undecodable], total);
  refuseBad(onBadImage, root, unfit);
  check([]);
  const usable = found.filter((file): file is SourceFile => !isBad(file));
  const decoding = decodedCache({ ...task, files: usable, check }, progress);
  const undecodable = await makeOnce(raw, decoding.find, decoding.make, progress);
  const skipped = [...unfit, ...undecodable];
  if (skipped.length > 0) {
    const list = `${cache}.skipped.tsv`;
    await writeBadFiles(list, skipped);
    progress.reporter.warn(
      `${title}: ${skipped.length} of ${total} images are skipped; ${list} says which and why`,
    );
  }
  const left = new Set(skipped.map((one) => one.path));
  const kept = Int32Array.from(files.keys()).filter((i) => !left.has(files[i]));
  return { pixels: filePixels(raw, { height: side, width: side, channels: 3 }), kept };
}

const isBad = (file: SourceFile | BadFile): file is BadFile => "reason" in file;

/** The two files, the rows and what they were made from; found or made, they tell what could not be decoded. */
function decodedCache(task: Decoding, progress: Progress) {
  const raw = `${task.cache}.raw`;
  const json = `${task.cache}.json`;
  const identity = identityOf(task.files, recipeOf(task));
  const { reporter } = progress;
  let content: string | undefined;
  /** Why there is nothing to be found, unless it was never there. */
  let reason = () => {};

  const isOfTheseFiles = async (index: Index): Promise<boolean> => {
    if (identity !== undefined && identity === index.identity) return true;
    content ??= await contentOf(task, progress);
    return content === index.content;
  };
  return {
    async find(): Promise<readonly BadFile[] | undefined> {
      const info = await stat(raw).catch(() => undefined);
      if (info === undefined) return undefined;
      const index = indexSchema.safeParse(await readJson(json).catch(() => undefined));
      reason = () => reporter.warn(`${raw} is damaged: decoding ${task.title} again.`);
      if (!index.success) return undefined;
      if (!(await isOfTheseFiles(index.data))) {
        reason = () => reporter.info(`${raw} is of other files: decoding ${task.title} again.`);
        return undefined;
      }
      const { skipped, sha256 } = index.data;
      const rows = task.files.length - skipped.length;
      if (info.size !== rows * task.side ** 2 * 3 || sha256 !== (await sha256OfFile(raw))) return undefined;
      refuseBad(task.onBadImage, task.root, skipped);
      if (identity !== undefined && identity !== index.data.identity)
        await writeIndex(task, json, { ...index.data, identity }).catch(() => undefined);
      return skipped;
    },
    async make(): Promise<readonly BadFile[]> {
      reason();
      await removeStalePartials(raw);
      const decoded = await decodeRows(task, raw, progress);
      await writeIndex(task, json, { ...decoded, identity: identity ?? null });
      return decoded.skipped;
    },
  };
}

async function contentOf(task: Decoding, { reporter, signal }: Progress): Promise<string> {
  const { files, title } = task;
  const bar = reporter.progress(`Comparing ${title} with what was decoded`, files.length);
  try {
    return await hashContent(task, contentHash(recipeOf(task)), { bar, ...(signal && { signal }) });
  } finally {
    bar.stop();
  }
}

function writeIndex(
  { side, recipe, classNames, files }: Decoding,
  json: string,
  index: Index,
): Promise<void> {
  const left = new Set(index.skipped.map((one) => one.path));
  const paths = files.map((file) => file.path).filter((file) => !left.has(file));
  return writeFileAtomic(json, JSON.stringify({ ...index, side, recipe, classNames, paths }));
}
