import { rm } from "node:fs/promises";
import * as zarr from "zarrita";
import { replaceFolder } from "../files/atomic-folder.js";
import { makeFolder } from "../files/make-folder.js";
import { partialName, removeStalePartials } from "../files/partials.js";
import { type ArraySpec, ArrayWriter } from "./array-writer.js";
import { type FolderStore, folderStore } from "./folder-store.js";
import { type ArrayDescription, type ArrayOrigin, writeManifest } from "./manifest.js";

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
    await makeFolder(writer.#partial);
    return writer;
  }

  /** Adds rows to one array; await it before the next call. */
  async append(name: Name, values: Float32Array | Int32Array): Promise<void> {
    const writer = this.#writers.get(name);
    if (writer === undefined) throw new Error(`The group has no array "${name}".`);
    await writer.append(values);
  }

  /** Completes all arrays and the manifest and puts the group in its place, replacing an older one. */
  async finish(origin: ArrayOrigin): Promise<void> {
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
