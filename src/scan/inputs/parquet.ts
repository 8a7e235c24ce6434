import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import {
  type AsyncBuffer,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
  parquetSchema,
} from "hyparquet";
import { z } from "zod";
import type { Container } from "../../datasets/decode-task.js";
import type { SourceFile } from "../../datasets/source-files.js";
import { messageOf, UserError } from "../../errors.js";
import { lookInside } from "../../files/inside.js";
import { parseJson } from "../../files/parse-json.js";
import { readExactly } from "../../files/read-exactly.js";
import { openRegularFile } from "../../files/regular-file.js";
import { shownPath } from "../../files/shown-path.js";
import { formatCount } from "../../format.js";
import type { Run } from "../../run.js";
import { type Labelled, labelledBy, scalarText } from "./labelled.js";
import { type Listing, listed } from "./listing.js";
import { maxGroupBytes, parquetCompressors } from "./parquet-compressors.js";

const hint =
  "Parquet is read as Hugging Face writes it: a column image (or img) of bytes, or of a struct with bytes; a column label; source and trusted may be there.";

/** A file, and the columns that are read of it. */
interface ParquetFile {
  /** From the root. */
  readonly name: string;
  /** Real path. */
  readonly path: string;
  readonly metadata: FileMetaData;
  readonly image: string;
  readonly label: string;
  /** Of what the columns are called in the file's own words: class i is names[i]. */
  readonly classNames: readonly string[] | undefined;
  readonly others: readonly string[];
  /** What tells, without reading it, that it is the same. */
  readonly identity: Omit<SourceFile, "path">;
}

/**
 * The images of Parquet files. Labels are read at once, images a row group at a time when they are asked for.
 * @param root real path of the folder
 * @param names of the files, from the root
 * @throws UserError naming the file that is damaged, lacks a column, or has an image without a label
 */
export async function listParquet(root: string, names: readonly string[], run: Run): Promise<Listing> {
  const files: ParquetFile[] = [];
  const items: Labelled[] = [];
  for (const name of names) {
    run.signal.throwIfAborted();
    await naming(join(root, name), async () => {
      const file = await openParquet(root, name);
      files.push(file);
      items.push(...(await labelsOf(file)));
    });
  }
  if (items.length === 0)
    throw new UserError(`${shownPath(root)}: no images in its ${names.length} Parquet files.`, hint);
  return {
    layout: "Parquet files",
    root,
    files: names,
    ...listed(items),
    content: { kind: "container", container: reader(root, files) },
  };
}

async function naming<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw new UserError(`${shownPath(path)} cannot be read: ${messageOf(cause)}.`, hint, { cause });
  }
}

async function openParquet(root: string, name: string): Promise<ParquetFile> {
  const { path, stats } = await lookInside(root, name);
  const metadata = await withFile(path, (file) => parquetMetadataAsync(file));
  const columns = parquetSchema(metadata).children.map(({ element }) => element.name);
  const features = featuresOf(metadata);
  const kindOf = (column: string) => features[column]?._type;
  const one = (what: string, usual: readonly string[], kind: string): string => {
    const column =
      usual.find((candidate) => columns.includes(candidate)) ??
      columns.find((candidate) => kindOf(candidate) === kind);
    if (column === undefined)
      throw new Error(`it has no column of ${what}, but ${columns.slice(0, 9).join(", ")}`);
    return column;
  };
  const label = one("labels", ["label", "fine_label", "labels"], "ClassLabel");
  return {
    name,
    path,
    metadata,
    image: one("images", ["image", "img"], "Image"),
    label,
    classNames: features[label]?.names,
    others: ["source", "trusted"].filter((column) => columns.includes(column)),
    identity: { bytes: stats.size, modified: stats.mtimeMs, changed: stats.ctimeMs, inode: stats.ino },
  };
}

const featuresSchema = z.object({
  info: z.object({
    features: z.record(
      z.string(),
      z.looseObject({ _type: z.string().optional(), names: z.array(z.string()).optional() }),
    ),
  }),
});

/** What Hugging Face's library wrote of the columns. */
function featuresOf({ key_value_metadata }: FileMetaData) {
  const text = key_value_metadata?.find(({ key }) => key === "huggingface")?.value;
  const parsed = featuresSchema.safeParse(text === undefined ? undefined : parseJson(text));
  return parsed.success ? parsed.data.info.features : {};
}

async function labelsOf(parquet: ParquetFile): Promise<Labelled[]> {
  const { name, metadata, label, others, classNames } = parquet;
  const compressors = await parquetCompressors();
  const rows = await withFile(parquet.path, (file) =>
    parquetReadObjects({ file, metadata, columns: [label, ...others], compressors }),
  );
  return rows.map((row, i) => {
    const given = scalarText(row[label]);
    const number = Number(given);
    if (classNames && given !== undefined && classNames[number] === undefined)
      throw new Error(`row ${i} has label ${given}, not 0 to ${classNames.length - 1}`);
    return labelledBy(
      `${name}#${i}`,
      (column) => scalarText(row[column]),
      classNames ? classNames[number] : given,
    );
  });
}

/** Keeps the row groups asked for last. */
function reader(root: string, files: readonly ParquetFile[]): Container {
  const images: SourceFile[] = [];
  const places = new Map<string, { file: ParquetFile; start: number; end: number; row: number }>();
  for (const file of files) {
    let start = 0;
    for (const group of file.metadata.row_groups) {
      const end = start + Number(group.num_rows);
      for (let row = start; row < end; row++) {
        const path = `${file.name}#${row}`;
        images.push({ ...file.identity, path });
        places.set(path, { file, start, end, row });
      }
      start = end;
    }
  }
  const groups = new Map<string, Promise<Buffer[]>>();
  return {
    stat: async () => images,
    async read({ path }) {
      const place = places.get(path);
      if (place === undefined) throw new Error(`No image ${path} was listed.`);
      const { file, start, end, row } = place;
      const key = `${file.name}#${start}`;
      const group = groups.get(key) ?? naming(join(root, file.name), () => readGroup(file, start, end));
      if (!groups.has(key)) {
        const [oldest] = groups.keys();
        if (groups.size > 1 && oldest !== undefined) groups.delete(oldest);
        groups.set(key, group);
      }
      return (await group)[row - start];
    },
  };
}

async function readGroup(
  { path, metadata, image }: ParquetFile,
  start: number,
  end: number,
): Promise<Buffer[]> {
  const compressors = await parquetCompressors();
  const rows = await withFile(path, (file) =>
    parquetReadObjects({
      file,
      metadata,
      columns: [image],
      rowStart: start,
      rowEnd: end,
      utf8: false,
      compressors,
    }),
  );
  return rows.map((row) => {
    const value: unknown = row[image];
    const bytes = typeof value === "object" && value !== null && "bytes" in value ? value.bytes : value;
    return bytes instanceof Uint8Array
      ? Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
      : Buffer.alloc(0);
  });
}

async function withFile<T>(path: string, use: (file: AsyncBuffer) => Promise<T>): Promise<T> {
  const file = await openRegularFile(path);
  try {
    const { size } = await file.stat();
    return await use(asyncBuffer(file, size));
  } finally {
    await file.close();
  }
}

const asyncBuffer = (file: FileHandle, size: number): AsyncBuffer => ({
  byteLength: size,
  async slice(start, end = size) {
    if (!(start >= 0 && start <= end && end <= size)) throw new Error("it points behind its end");
    if (end - start > maxGroupBytes)
      throw new Error(
        `it has ${formatCount(end - start)} bytes in a row group, more than the ${formatCount(maxGroupBytes)} that are read at once`,
      );
    return (await readExactly(file, start, end - start)).buffer;
  },
});
