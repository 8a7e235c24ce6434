import { join } from "node:path";
import { z } from "zod";
import { UserError } from "../errors.js";
import { readJson, writeJsonAtomic } from "../files/atomic-file.js";
import { sha256OfJson } from "../files/sha256.js";
import type { RecordedOrigin } from "./origin.js";

const schemaVersion = 1;

const originSchema = z.object({
  config: z.record(z.string(), z.json()),
  /** See `Inputs`; version 0.1 had the dataset's alone. */
  inputs: z.record(z.string(), z.string()).optional(),
  datasetFingerprint: z.string().optional(),
  seed: z.int(),
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

/** How a group of arrays was made: every flag's value, inputs, seed, engine, version of this program. */
export type ArrayOrigin = z.infer<typeof originSchema>;

/** The description kept beside a group of arrays; `files` maps a path in the group to its SHA-256. */
export type Manifest = Omit<z.infer<typeof manifestSchema>, "sha256">;
export type ArrayDescription = Manifest["arrays"][string];

const fileName = "manifest.json";

/** Writes the manifest of a group that is complete. */
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

/** What a manifest says of how its arrays were made. */
export const recordedOrigin = ({ origin }: Manifest): RecordedOrigin => ({
  settings: origin.config,
  inputs:
    origin.inputs ??
    (origin.datasetFingerprint === undefined ? undefined : { dataset: origin.datasetFingerprint }),
});

/** Digest (hex) of a group's arrays, whatever it was made from. */
export const contentDigest = ({ arrays, files }: Manifest): string => sha256OfJson({ arrays, files });
