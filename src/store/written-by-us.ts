import { dirname, join } from "node:path";
import { UserError } from "../errors.js";
import { exists } from "../files/exists.js";
import { openRegularFile } from "../files/regular-file.js";

interface Kind {
  /** Paths of this kind. */
  readonly path: RegExp;
  /** The file that says who wrote it: itself, one in it, or the one beside it. */
  readonly carrier: (path: string) => string;
  /** Stands at the carrier's beginning. */
  readonly mark: RegExp;
}

const kinds: readonly Kind[] = [
  {
    path: /\.safetensors$/,
    carrier: (path) => path,
    mark: /"poisonspot_sha256":|"__metadata__":\{"config":/,
  },
  { path: /\.zarr$/, carrier: (path) => join(path, "manifest.json"), mark: /"format": "poisonspot-arrays"/ },
  { path: /\.npy$/, carrier: (path) => path.replace(/\.npy$/, ".json"), mark: /^\{\s*"config": \{/ },
  {
    path: /\.csv$/,
    carrier: (path) => path,
    mark: /^(index,image,label,class,score,|file,sha256,label,)/,
  },
  // A scan's lists say nothing of themselves; its table is written before them.
  {
    path: /(flagged|clean)\.txt$|quarantine\.jsonl$|SHA256SUMS$/,
    carrier: (path) => join(dirname(path), "results.csv"),
    mark: /^file,sha256,label,/,
  },
  { path: /report\.json$/, carrier: (path) => path, mark: /^\{\s*"schemaVersion": \d+,\s*"version": / },
  {
    path: /report\.(html|css|js)$/,
    carrier: (path) => path.replace(/(css|js)$/, "html"),
    mark: /^<!doctype html>\s[^>]*>\s<head><meta [^>]*>\s<meta [^>]*>\s<meta name="generator" content="poisonspot /,
  },
  { path: /results\.sarif$/, carrier: (path) => path, mark: /"driver": \{\s*"name": "poisonspot"/ },
  { path: /attestation\.json$/, carrier: (path) => path, mark: /"writtenBy": "poisonspot / },
  { path: /\.png$/, carrier: (path) => path, mark: /tEXtSoftware\0poisonspot/ },
  {
    path: /\.vl\.json$/,
    carrier: (path) => path,
    mark: /^\{"\$schema":"https:\/\/vega\.github\.io\/schema\//,
  },
  { path: /run\.json$/, carrier: (path) => path, mark: /^\{\s*"runId": / },
  { path: /\.json$/, carrier: (path) => path, mark: /"global_seed": ?/ },
];

/** As much of a file as holds its mark, whatever flags stand before it. */
const markBytes = 65_536;

/**
 * Whether what lies at a path was written by this program, so that it may be replaced. Looks for a mark alone: a damaged file of
 * ours is still ours.
 * @param path of a model, an array group, a list of samples, a table of scores, a figure or its specification, a run's `run.json` or
 * `config.json`, a scan's results
 */
async function isWrittenByUs(path: string): Promise<boolean> {
  const kind = kinds.find((candidate) => candidate.path.test(path));
  if (kind === undefined) throw new Error(`${path} is of no kind that is written`);
  return kind.mark.test(await beginningOf(kind.carrier(path)));
}

/**
 * Finds out whether what is about to be written would replace what another program, or the user, has put there.
 * @param hint what to do about it
 * @throws UserError naming all of it
 */
export async function refuseForeign(outputs: readonly string[], hint: string): Promise<void> {
  const isForeign = await Promise.all(
    outputs.map(async (path) => (await exists(path)) && !(await isWrittenByUs(path))),
  );
  const foreign = outputs.filter((_, i) => isForeign[i]);
  if (foreign.length === 0) return;
  throw new UserError(
    `This run would write over what poisonspot has not written: ${foreign.join(", ")}.`,
    `Move it to another place, or ${hint}.`,
  );
}

/** Empty for what is no file, or cannot be read. */
async function beginningOf(path: string): Promise<string> {
  try {
    const file = await openRegularFile(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(markBytes), 0, markBytes, 0);
      return buffer.toString("latin1", 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch {
    return "";
  }
}
