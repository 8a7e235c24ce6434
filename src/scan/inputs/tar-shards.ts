import { posix } from "node:path";
import { pipeline } from "node:stream/promises";
import { extract } from "tar-stream";
import { isImageName } from "../../datasets/decode-image.js";
import type { Container } from "../../datasets/decode-task.js";
import { maxFileBytes, type SourceFile } from "../../datasets/source-files.js";
import { messageOf, UserError } from "../../errors.js";
import { lookInside } from "../../files/inside.js";
import { parseJson } from "../../files/parse-json.js";
import { readExactly } from "../../files/read-exactly.js";
import { openRegularFile } from "../../files/regular-file.js";
import { safePath } from "../../files/safe-path.js";
import { shownPath } from "../../files/shown-path.js";
import { formatCount } from "../../format.js";
import type { Run } from "../../run.js";
import { type Labelled, labelledBy, textFields } from "./labelled.js";
import { type Listing, listed } from "./listing.js";

const hint =
  "A WebDataset shard is a .tar that is not compressed; beside each image it has a .cls with its label, or a .json with label, and perhaps source and trusted.";

/** Bytes of the largest description of an image. */
const maxTextBytes = 1_000_000;

/** Where an image lies in a shard. */
interface Member {
  /** Real path of the shard. */
  readonly shard: string;
  readonly start: number;
}

/** What one name without its ending has. */
interface Sample {
  image?: SourceFile & Member;
  cls?: string;
  json?: string;
}

/**
 * The images of WebDataset shards. Shards are read through once for their lists; an image is read from its place later.
 * @param root real path of the folder
 * @param shards from the root
 * @throws UserError naming the shard that is damaged, holds unsafe names, or an image without a label
 */
export async function listShards(root: string, shards: readonly string[], run: Run): Promise<Listing> {
  const images: (SourceFile & Member)[] = [];
  const items: Labelled[] = [];
  const bar = run.reporter.progress("Listing the shards", shards.length);
  try {
    for (const [i, shard] of shards.entries()) {
      const shown = shownPath(posix.join(root, shard));
      try {
        for (const [key, sample] of await samplesOf(root, shard, run.signal)) {
          if (sample.image === undefined) continue;
          images.push(sample.image);
          items.push(labelled(sample.image.path, key, sample));
        }
      } catch (cause) {
        run.signal.throwIfAborted();
        if (cause instanceof UserError) throw cause;
        throw new UserError(`${shown} cannot be read: ${messageOf(cause)}.`, hint, { cause });
      }
      bar.update(i + 1);
    }
  } finally {
    bar.stop();
  }
  if (items.length === 0)
    throw new UserError(`${shownPath(root)}: no images in its ${shards.length} .tar files.`, hint);
  return {
    layout: "WebDataset shards",
    root,
    files: shards,
    ...listed(items),
    content: { kind: "container", container: reader(images) },
  };
}

async function samplesOf(root: string, shard: string, signal: AbortSignal): Promise<Map<string, Sample>> {
  const { path, stats } = await lookInside(root, shard);
  const file = await openRegularFile(path);
  const entries = extract();
  const stop = new AbortController();
  const reading = pipeline(file.createReadStream({ highWaterMark: 1 << 20 }), entries, { signal });
  reading.catch((error: unknown) => stop.abort(error));
  const samples = new Map<string, Sample>();
  const seen = new Set<string>();
  const listing = async () => {
    for await (const entry of entries) {
      const { name, size = 0, type } = entry.header;
      if (type === "directory") {
        entry.resume();
        continue;
      }
      if (type !== "file" && type !== "contiguous-file")
        throw new Error(`it holds a ${type} named ${JSON.stringify(name)}`);
      const member = name.replace(/^\.\//, "");
      safePath("", member);
      if (seen.has(member)) throw new Error(`it holds ${JSON.stringify(member)} twice`);
      seen.add(member);
      const [, key = member, ending = ""] = /^((?:.*\/)?[^./][^./]*)\.([^/]*)$/s.exec(member) ?? [];
      const sample = samples.get(key) ?? {};
      const isText = ending === "cls" || ending === "json";
      if (isText && size > maxTextBytes)
        throw new Error(`${JSON.stringify(member)} has ${formatCount(size)} bytes`);
      if (isText) sample[ending] = await textOf(entry);
      else entry.resume();
      if (isImageName(member) && sample.image === undefined)
        sample.image = {
          path: `${shard}:${member}`,
          bytes: size,
          modified: stats.mtimeMs,
          changed: stats.ctimeMs,
          inode: stats.ino,
          shard: path,
          start: startOf(entry.header),
        };
      samples.set(key, sample);
    }
  };
  const both = [reading, listing()];
  await Promise.all(both).finally(() => Promise.allSettled(both));
  return samples;
}

/** tar-stream's types do not have what it says of an entry's place. */
function startOf(header: object): number {
  const start = "byteOffset" in header ? Number(header.byteOffset) : Number.NaN;
  if (!Number.isSafeInteger(start)) throw new Error("tar-stream does not say where an entry begins");
  return start;
}

async function textOf(entry: AsyncIterable<unknown>): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of entry) if (part instanceof Uint8Array) parts.push(part);
  return Buffer.concat(parts).toString("utf8");
}

function labelled(name: string, key: string, { cls, json }: Sample): Labelled {
  try {
    const about = textFields(json === undefined ? undefined : parseJson(json));
    return labelledBy(name, about, cls?.trim() || about("label"));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new Error(`${JSON.stringify(`${key}.json`)} is no JSON`, { cause });
  }
}

function reader(images: readonly (SourceFile & Member)[]): Container {
  const placeOf = new Map(images.map((image) => [image.path, image]));
  return {
    stat: async () =>
      images.map((image) =>
        image.bytes > 0 && image.bytes <= maxFileBytes
          ? image
          : {
              path: image.path,
              reason: `has ${formatCount(image.bytes)} bytes (1 to ${formatCount(maxFileBytes)} are read)`,
            },
      ),
    async read({ path, bytes }) {
      const place = placeOf.get(path);
      if (place === undefined) throw new Error(`No image ${path} was listed.`);
      const file = await openRegularFile(place.shard);
      try {
        return await readExactly(file, place.start, bytes);
      } catch (cause) {
        throw new UserError(`Cannot read ${shownPath(path)}.`, hint, { cause });
      } finally {
        await file.close();
      }
    },
  };
}
