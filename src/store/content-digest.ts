import { extname } from "node:path";
import { exists } from "../files/exists.js";
import { sha256OfFile } from "../files/sha256.js";
import { checkpointDigest, resolveCheckpoint } from "./checkpoint.js";
import { contentDigest, readManifest } from "./manifest.js";

/**
 * SHA-256 (hex) of what is on disk: of an array group (.zarr) and of a checkpoint of ours as they were sealed, so that no
 * array is read; of any other file its bytes.
 * @param path as the user gave it, see `resolveCheckpoint`
 * @returns undefined when there is nothing
 * @throws UserError when what is there is damaged
 */
export async function digestOf(path: string): Promise<string | undefined> {
  if (extname(path) === ".npy") return (await exists(path)) ? sha256OfFile(path) : undefined;
  if (extname(path) === ".zarr")
    return (await exists(path)) ? contentDigest(await readManifest(path)) : undefined;
  const checkpoint = await resolveCheckpoint(path);
  return checkpoint && checkpointDigest(checkpoint);
}
