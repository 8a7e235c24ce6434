import { mkdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import * as zarr from "zarrita";
import { UserError } from "../errors.js";
import { type ArraySpec, ArrayWriter } from "./array-writer.js";
import { partialName, removeStalePartials, replaceFolder } from "./atomic-file.js";
import { type FolderStore, folderStore, sha256 } from "./folder-store.js";
import {
  type ArrayDescription,
  type Manifest,
  type Origin,
  readManifest,
  writeManifest,
} from "./manifest.js";

/** A Zarr v3 group being written in a temporary folder beside its final place. Finish or discard it. */
export class ArrayGroupWriter<Name extends string> {
  readonly #folder: string;
  readonly #partial: string;
  readonly #store: FolderStore;
  readonly #writers: ReadonlyMap<Name, ArrayWriter>;

  private constructor(folder: string, specs: Readonly<Record<Name, ArraySpec>>) {
    this.#folder = folder;
    this.#partial = partialName(folder);
    this.#store = folderStore(this.#partial);
    const names = Object.keys(specs) as Name[]; // exactly the record's keys, by its type
    this.#writers = new Map(names.map((name) => [name, new ArrayWriter(this.#store, name, specs[name])]));
  }

  /** @param folder where the group will be, e.g. `<prov_path>/<stem>.zarr` */
  static async create<Name extends string>(
    folder: string,
    specs: Readonly<Record<Name, ArraySpec>>,
  ): Promise<ArrayGroupWriter<Name>> {
    const writer = new ArrayGroupWriter(folder, specs);
    await removeStalePartials(folder);
    await mkdir(writer.#partial, { recursive: true });
    return writer;
  }

  /** Adds rows to one array; await it before the next call. */
  async append(name: Name, values: Float32Array | Int32Array): Promise<void> {
    const writer = this.#writers.get(name);
    if (writer === undefined) throw new Error(`The group has no array "${name}".`);
    await writer.append(values);
  }

  /** Completes all arrays and the manifest and puts the group in its place, replacing an older one. */
  async finish(origin: Origin): Promise<void> {
    const arrays: Record<string, ArrayDescription> = {};
    for (const [name, writer] of this.#writers) arrays[name] = await writer.finish();
    await zarr.create(zarr.root(this.#store), {});
    await writeManifest(this.#partial, { origin, arrays, files: Object.fromEntries(this.#store.hashes) });
    await replaceFolder(this.#partial, this.#folder);
  }

  /** Removes what was written so far. */
  async discard(): Promise<void> {
    await rm(this.#partial, { recursive: true, force: true });
  }
}

/** A finished group whose files are all there, unchanged. */
export class ArrayGroup {
  readonly manifest: Manifest;
  readonly #folder: string;

  private constructor(folder: string, manifest: Manifest) {
    this.#folder = folder;
    this.manifest = manifest;
  }

  /** Opens a group and checks every file against the manifest. @throws UserError that names what is damaged */
  static async open(folder: string): Promise<ArrayGroup> {
    const manifest = await readManifest(folder);
    const expected = expectedFiles(manifest);
    const listed = Object.keys(manifest.files).length;
    if (expected === undefined || expected.some((file) => !Object.hasOwn(manifest.files, file))) {
      throw damaged(folder, `its manifest lists ${listed} files, which do not fit its arrays`);
    }
    for (const file of expected) {
      const path = join(folder, file);
      const info = await stat(path).catch(() => undefined);
      if (info === undefined) throw damaged(folder, `${file} is missing`);
      // A chunk's size is known; the limit spares reading a file that cannot be right.
      if (info.size > largestFile(manifest)) throw damaged(folder, `${file} is too large`);
      if (sha256(await readFile(path)) !== manifest.files[file]) throw damaged(folder, `${file} was changed`);
    }
    return new ArrayGroup(folder, manifest);
  }

  /** @returns float32, C order, of the shape the manifest gives */
  async readFloat32(name: string): Promise<Float32Array> {
    const values = new Float32Array(this.#lengthOf(name, "float32"));
    await this.#readInto(name, values);
    return values;
  }

  /** @returns int32, C order, of the shape the manifest gives */
  async readInt32(name: string): Promise<Int32Array> {
    const values = new Int32Array(this.#lengthOf(name, "int32"));
    await this.#readInto(name, values);
    return values;
  }

  #lengthOf(name: string, dtype: string): number {
    const description = this.manifest.arrays[name];
    if (description?.dtype !== dtype) throw damaged(this.#folder, `it has no ${dtype} array "${name}"`);
    return description.shape.reduce((size, axis) => size * axis, 1);
  }

  /** Chunk by chunk, so that no more than one is held beside the result. */
  async #readInto(name: string, values: Float32Array | Int32Array): Promise<void> {
    const { shape, rowsPerChunk } = this.manifest.arrays[name];
    const array = await zarr.open.v3(zarr.root(folderStore(this.#folder)).resolve(name), { kind: "array" });
    const chunkShape = [rowsPerChunk, ...shape.slice(1)];
    if (String(array.shape) !== String(shape) || String(array.chunks) !== String(chunkShape)) {
      throw damaged(this.#folder, `${name}/zarr.json and the manifest disagree about its shape`);
    }
    let start = 0;
    for (let chunk = 0; start < values.length; chunk++) {
      const { data } = await array.getChunk([chunk, ...shape.slice(1).map(() => 0)]);
      if (!(data instanceof Float32Array || data instanceof Int32Array)) {
        throw damaged(this.#folder, `${name}/zarr.json and the manifest disagree about its type`);
      }
      values.set(data.subarray(0, values.length - start), start);
      start += data.length;
    }
  }
}

/** Paths of a group's files as its arrays' shapes demand; undefined when the manifest lists another number. */
function expectedFiles({ arrays, files }: Manifest): string[] | undefined {
  const chunkCounts = Object.values(arrays).map(({ shape, rowsPerChunk }) =>
    Math.ceil(shape[0] / rowsPerChunk),
  );
  const total = 1 + chunkCounts.reduce((sum, count) => sum + 1 + count, 0);
  if (total !== Object.keys(files).length) return undefined;
  return [
    "zarr.json",
    ...Object.entries(arrays).flatMap(([name, { shape }], i) => [
      `${name}/zarr.json`,
      ...Array.from(
        { length: chunkCounts[i] },
        (_, chunk) => `${name}/c/${[chunk, ...shape.slice(1).map(() => 0)].join("/")}`,
      ),
    ]),
  ];
}

/** Bytes of the group's largest chunk, and room for metadata. */
function largestFile({ arrays }: Manifest): number {
  const chunkBytes = Object.values(arrays).map(
    ({ shape, rowsPerChunk }) => 4 * rowsPerChunk * (shape[1] ?? 1),
  );
  return Math.max(65_536, ...chunkBytes);
}

const damaged = (folder: string, reason: string): UserError =>
  new UserError(`${folder} is damaged: ${reason}.`, "Run the stage that writes it again.");
