import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { z } from "zod";
import { UserError } from "../errors.js";
import { type JsonValue, readJson, writeJsonAtomic } from "../files/atomic-file.js";
import { sha256OfJson } from "../files/sha256.js";

const schemaVersion = 1;

const originSchema = z.object({
  config: z.record(z.string(), z.json()),
  seed: z.int(),
  datasetFingerprint: z.string(),
  engine: z.string(),
  codeVersion: z.string(),
});

const manifestSchema = z.strictObject({
  /** Of the rest as JSON (hex); the first manifests had none. */
  sha256: z.string().optional(),
  format: z.literal("poisonspot-arrays"),
  schemaVersion: z.literal(schemaVersion),
  origin: originSchema,
  arrays: z.record(
    z.string().regex(/^\w+$/),
    z.object({
      dtype: z.enum(["float32", "int32"]),
      shape: z.array(z.int().nonnegative()).min(1).max(2),
      rowsPerChunk: z.int().positive(),
    }),
  ),
  files: z.record(z.string(), z.string().regex(/^[0-9a-f]{64}$/)),
});

/** What a group of arrays was made from: every flag's value, seed, dataset, engine, version of this program. */
export type Origin = z.infer<typeof originSchema>;

/** The description kept beside a group of arrays; `files` maps a path in the group to its SHA-256. */
export type Manifest = Omit<z.infer<typeof manifestSchema>, "sha256">;
export type ArrayDescription = Manifest["arrays"][string];

const fileName = "manifest.json";

export async function writeManifest(
  folder: string,
  content: Omit<Manifest, "format" | "schemaVersion">,
): Promise<void> {
  const manifest = { format: "poisonspot-arrays", schemaVersion, ...content } as const;
  await writeJsonAtomic(join(folder, fileName), { sha256: sha256OfJson(manifest), ...manifest });
}

/** Reads a group's manifest and checks its form and hash, not yet the arrays. @throws UserError */
export async function readManifest(folder: string): Promise<Manifest> {
  const path = join(folder, fileName);
  const json = await readJson(path);
  const parsed = manifestSchema.safeParse(json);
  const hint = "Run the stage that writes it again.";
  if (!parsed.success) {
    const [{ path: field, message }] = parsed.error.issues;
    throw new UserError(
      `${path} is damaged or from another version (this one reads schema version ${schemaVersion}): ${field.join(".")}: ${message}.`,
      hint,
    );
  }
  const { sha256, ...manifest } = parsed.data;
  // Of the file's own content: the schema may give its fields in another order.
  const { sha256: _, ...content } = json as object & { sha256?: unknown };
  if (sha256 !== undefined && sha256 !== sha256OfJson(content))
    throw new UserError(`${path} is damaged: its SHA-256 is not the one it was saved with.`, hint);
  return manifest;
}

/** One setting that two configurations do not share; undefined where one lacks it. */
export interface Difference {
  readonly field: string;
  readonly a: JsonValue | undefined;
  readonly b: JsonValue | undefined;
}

/** The settings in which two configurations differ, in the order of `a`, then those only `b` has. */
export function differingFields(
  a: Readonly<Record<string, JsonValue>>,
  b: Readonly<Record<string, JsonValue>>,
): Difference[] {
  const fields = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return fields
    .filter((field) => !isDeepStrictEqual(a[field], b[field]))
    .map((field) => ({ field, a: a[field], b: b[field] }));
}
