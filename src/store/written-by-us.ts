import { join } from "node:path";
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
  { path: /\.csv$/, carrier: (path) => path, mark: /^index,image,label,class,score,/ },
  { path: /\.png$/, carrier: (path) => path, mark: /tEXtSoftware\0poisonspot/ },
  {
    path: /\.vl\.json$/,
    carrier: (path) => path,
    mark: /^\{"\$schema":"https:\/\/vega\.github\.io\/schema\//,
  },
  { path: /run\.json$/, carrier: (path) => path, mark: /^\{\s*"runId": / },
  { path: /\.json$/, carrier: (path) => path, mark: /"global_seed": / },
];

/** As much of a file as holds its mark, whatever flags stand before it. */
const markBytes = 65_536;

/**
 * Whether what lies at a path was written by this program, so that it may be replaced. Looks for a mark alone: a damaged file of
 * ours is still ours.
 * @param path of a model, an array group, a list of samples, a figure or its specification, `run.json` or `config.json`
 */
export async function isWrittenByUs(path: string): Promise<boolean> {
  const kind = kinds.find((candidate) => candidate.path.test(path));
  if (kind === undefined) throw new Error(`${path} is of no kind that is written`);
  return kind.mark.test(await beginningOf(kind.carrier(path)));
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
