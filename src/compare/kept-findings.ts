import { join } from "node:path";
import { z } from "zod";
import { type JsonValue, readJson, writeJsonAtomic } from "../files/atomic-file.js";
import { exists } from "../files/exists.js";
import { sha256OfJson } from "../files/sha256.js";
import { programVersion } from "../version.js";
import type { Found } from "./calibrate.js";

const schema = z.strictObject({ of: z.string(), sha256: z.string(), found: z.unknown() });

/**
 * What a detector found, class by class: as it was kept, or looked for now and kept, so that an interrupted comparison goes on
 * with the next detector.
 * @param folder of the comparison
 * @param dependsOn all that decides what is found
 */
export async function findOrKeep(
  folder: string,
  name: string,
  dependsOn: JsonValue,
  find: () => Promise<Found[]>,
): Promise<Found[]> {
  const path = join(folder, "detectors", `${name}.json`);
  const of = sha256OfJson({ name, dependsOn, programVersion });
  const kept = await readKept(path, of);
  if (kept) return kept;
  const found = await find();
  const asJson = toJson(found);
  await writeJsonAtomic(path, { of, sha256: sha256OfJson(asJson), found: asJson });
  return found;
}

/** Findings of something else, or damaged ones, count as none: they are made again. */
async function readKept(path: string, of: string): Promise<Found[] | undefined> {
  if (!(await exists(path))) return undefined;
  const saved = schema.safeParse(await readJson(path).catch(() => undefined));
  if (!saved.success || saved.data.of !== of || saved.data.sha256 !== sha256OfJson(saved.data.found))
    return undefined;
  // Its hash says that it is what `toJson` wrote.
  return fromJson(saved.data.found) as Found[];
}

const arrays = { float64: Float64Array, int32: Int32Array, uint8: Uint8Array } as const;
type ArrayKind = keyof typeof arrays;
const kinds = Object.keys(arrays) as readonly ArrayKind[];

/** Typed arrays as objects of one field, named by what they hold; what is undefined is left out. */
function toJson(value: unknown): JsonValue {
  const plain = JSON.stringify(value, (_, one: unknown) => {
    const kind = kinds.find((candidate) => one instanceof arrays[candidate]);
    return kind === undefined ? one : { [kind]: Array.from(one as Float64Array) };
  });
  return JSON.parse(plain);
}

function fromJson(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(fromJson);
  if (typeof value !== "object" || value === null) return value;
  const fields = Object.entries(value);
  const [name, content] = fields[0] ?? [];
  const kind = kinds.find((candidate) => candidate === name);
  if (kind !== undefined && Array.isArray(content)) return arrays[kind].from(content);
  return Object.fromEntries(fields.map(([field, one]) => [field, fromJson(one)]));
}
