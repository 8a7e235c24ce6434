import { stat } from "node:fs/promises";
import { join } from "node:path";
import * as zarr from "zarrita";
import { UserError } from "../errors.js";
import { readJson } from "../files/atomic-file.js";
import { readRegularFile } from "../files/regular-file.js";
import { sha256Of } from "../files/sha256.js";
import { chunkShapeOf, isArrayMetadata } from "./array-metadata.js";
import { folderStore } from "./folder-store.js";
import { type Manifest, readManifest } from "./manifest.js";

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
    if (expected === undefined || expected.some(({ file }) => !Object.hasOwn(manifest.files, file))) {
      throw damaged(folder, `its manifest lists ${listed} files, which do not fit its arrays`);
    }
    for (const { file, bytes } of expected) {
      const path = join(folder, file);
      const info = await stat(path).catch(() => undefined);
      if (info === undefined) throw damaged(folder, `${file} is missing`);
      // What the manifest says of sizes is true before any memory is taken for it.
      if (bytes === undefined ? info.size > maxMetadataBytes : info.size !== bytes) {
        throw damaged(folder, `${file} has ${info.size} bytes instead of ${bytes ?? "a few hundred"}`);
      }
      if (sha256Of(await readRegularFile(path)) !== manifest.files[file])
        throw damaged(folder, `${file} was changed`);
    }
    for (const [name, description] of Object.entries(manifest.arrays)) {
      const metadata = await readJson(join(folder, name, "zarr.json"));
      if (!isArrayMetadata(metadata, description)) {
        throw damaged(folder, `${name}/zarr.json is not that of the array in the manifest`);
      }
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
    const { shape } = this.manifest.arrays[name];
    const array = await zarr.open.v3(zarr.root(folderStore(this.#folder)).resolve(name), { kind: "array" });
    let start = 0;
    for (let chunk = 0; start < values.length; chunk++) {
      const { data } = await array.getChunk([chunk, ...shape.slice(1).map(() => 0)]);
      if (!(data instanceof Float32Array || data instanceof Int32Array)) {
        throw new Error(`A chunk of "${name}" was read as another type.`);
      }
      values.set(data.subarray(0, values.length - start), start);
      start += data.length;
    }
  }
}

/** Far more than a `zarr.json` has. */
const maxMetadataBytes = 65_536;

interface ExpectedFile {
  /** Its path in the group. */
  readonly file: string;
  /** Of a chunk; those of metadata are not known. */
  readonly bytes?: number;
}

/** A group's files as its arrays' shapes demand; undefined when the manifest lists another number. */
function expectedFiles({ arrays, files }: Manifest): ExpectedFile[] | undefined {
  const chunkCounts = Object.values(arrays).map(({ shape, rowsPerChunk }) =>
    Math.ceil(shape[0] / rowsPerChunk),
  );
  const total = 1 + chunkCounts.reduce((sum, count) => sum + 1 + count, 0);
  if (total !== Object.keys(files).length) return undefined;
  return [
    { file: "zarr.json" },
    ...Object.entries(arrays).flatMap(([name, description], i): ExpectedFile[] => [
      { file: `${name}/zarr.json` },
      ...Array.from({ length: chunkCounts[i] }, (_, chunk) => ({
        file: `${name}/c/${[chunk, ...description.shape.slice(1).map(() => 0)].join("/")}`,
        // The last one is filled up.
        bytes: chunkShapeOf(description).reduce((size, axis) => size * axis, 4),
      })),
    ]),
  ];
}

const damaged = (folder: string, reason: string): UserError =>
  new UserError(`${folder} is damaged: ${reason}.`, "Run the stage that writes it again.");
