import { createHash } from "node:crypto";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";
import { RunError } from "../../errors.js";
import { openRegularFile } from "../../files/regular-file.js";
import { sha256OfFile } from "../../files/sha256.js";
import { unpackTar } from "../../files/unpack-tar.js";
import { type DawnPin, dawnPin } from "./dawn-files.js";
import { makeOwnCopy, type Run } from "./make-own-copy.js";
import { platformName } from "./manifest.js";
import { packageIn } from "./own-copy.js";
import { reasonIn, runCommand } from "./run-command.js";
import { fetchWithNpm } from "./run-npm.js";

const packageName = "webgpu";
/** All of it unpacked has 137 MB. */
const maxPackageBytes = 1e9;
const instead = "The engines tensorflow and wasm work without it.";

interface FetchOptions {
  /** Fetch it although it is there. */
  readonly force?: boolean;
  readonly pin?: DawnPin;
}

/**
 * Fetches Dawn for this system alone, a sixth of the npm package "webgpu", into this user's data folder, unless it is there with
 * the right hash. It is tried out before it is put there.
 * @returns the folder of the package
 * @throws RunError when npm cannot fetch it, it is not what was pinned, or it does not load; nothing is left then
 */
export async function fetchDawn(
  run: Run,
  { force = false, pin = dawnPin }: FetchOptions = {},
): Promise<string> {
  const system = pin.systems[platformName()];
  if (system === undefined) throw new RunError(`There is no Dawn for ${platformName()}.`, instead);
  const library = join("dist", system.folder, "dawn.node");
  const isSound = (packageDir: string) =>
    sha256OfFile(join(packageDir, library), run.signal).then(
      (hash) => hash === system.sha256 && !force,
      () => false,
    );
  const fetch = async (folder: string) => {
    const download = join(folder, "download");
    await mkdir(download);
    const args = ["pack", `${packageName}@${pin.version}`, "--pack-destination", download];
    await fetchWithNpm({
      args,
      folder: download,
      signal: run.signal,
      engine: "webgpu",
      packageName,
      instead,
    });
    const archive = join(download, `${packageName}-${pin.version}.tgz`);
    if ((await integrityOf(archive, run.signal)) !== pin.integrity)
      throw refused(`npm fetched another ${packageName} ${pin.version} than the known one`);
    const kept = ["index.js", "package.json", "LICENSE.md"];
    const placeOf = ({ name }: { name: string }) => {
      const path = name.replace(/^package\//, "");
      return kept.includes(path) || path.startsWith(`dist/${system.folder}/`) ? path : undefined;
    };
    const packageDir = packageIn(folder, packageName);
    await unpackTar(archive, packageDir, placeOf, { maxBytes: maxPackageBytes, signal: run.signal });
    await rm(download, { recursive: true });
    await requireThatItLoads(packageDir, run.signal);
  };
  return makeOwnCopy({ name: packageName, isSound, fetch }, run);
}

async function integrityOf(path: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha512");
  const file = await openRegularFile(path);
  await pipeline(file.createReadStream({ highWaterMark: 1 << 20 }), hash, { signal });
  return `sha512-${hash.digest("base64")}`;
}

/** In a process of its own: a library that is made for another system may end it. */
async function requireThatItLoads(packageDir: string, signal?: AbortSignal): Promise<void> {
  const address = pathToFileURL(join(packageDir, "index.js")).href;
  const script = "(await import(process.argv[1])).create([]); process.exit(0)";
  const args = ["--input-type=module", "-e", script, address];
  const { ok, lines } = await runCommand(process.execPath, args, { signal, timeoutMs: 60_000 });
  if (!ok) throw refused(`Dawn does not load here (${lines.length === 0 ? "it crashes" : reasonIn(lines)})`);
}

const refused = (reason: string) =>
  new RunError(`The webgpu engine could not be set up: ${reason}.`, instead);
