import { existsSync, statSync } from "node:fs";
import { cp, mkdir, readdir } from "node:fs/promises";
import { dirname, join, resolve, sep } from "node:path";
import { messageOf, UserError } from "../../errors.js";
import { sha256OfFile } from "../../files/sha256.js";
import { type TarEntry, unpackTar } from "../../files/unpack-tar.js";
import { buildBinding, requireBuildTools } from "./build-binding.js";
import { isNeededHeader, libraryFile, linkLibraries } from "./library-files.js";
import { unpackWheel } from "./unpack-wheel.js";
import type { WayContext, WayResult } from "./way.js";
import { placeOfTensorflowMember } from "./wheel-layout.js";

/** A build for CUDA has 1.2 GB. */
const maxArchiveBytes = 8e9;

/**
 * Way a: a libtensorflow the user has: a folder with lib/ and include/, an official libtensorflow-*.tar.gz, or a
 * TensorFlow wheel (*.whl).
 * @throws UserError when `named` is nothing of the kind
 */
export async function useNamedLibrary(named: string, context: WayContext): Promise<WayResult> {
  const source = resolve(named);
  const deps = join(context.stage, "deps");
  const hint =
    "Give a folder with lib/ and include/, a libtensorflow-*.tar.gz, or a TensorFlow wheel (*.whl).";
  if (!existsSync(source)) throw new UserError(`--libtensorflow: there is no ${source}.`, hint);
  const isFolder = statSync(source).isDirectory();
  if (!isFolder && !/\.(whl|tar\.gz|tgz)$/.test(source)) {
    throw new UserError(`--libtensorflow: ${source} is of an unknown kind.`, hint);
  }
  await requireBuildTools(context.signal);
  context.reporter.info(`Taking libtensorflow from ${source}.`);
  try {
    if (isFolder) await copyLibrary(source, deps);
    else if (source.endsWith(".whl")) await unpackWheel(source, deps, placeOfTensorflowMember, context);
    else
      await unpackTar(source, deps, placeOfArchiveEntry, {
        maxBytes: maxArchiveBytes,
        signal: context.signal,
      });
    await linkLibraries(join(deps, "lib"));
  } catch (cause) {
    context.signal?.throwIfAborted();
    const reason = messageOf(cause);
    throw new UserError(`--libtensorflow: ${source} cannot be used: ${reason}.`, hint, { cause });
  }
  await buildBinding(context);
  return { source, sourceSha256: isFolder ? undefined : await sha256OfFile(source) };
}

/** Copies the libraries and the headers of a folder laid out like the official archive or like an installed wheel. */
async function copyLibrary(source: string, deps: string): Promise<void> {
  const libDir = existsSync(join(source, "lib")) ? join(source, "lib") : source;
  const libraries = (await readdir(libDir)).filter((name) => libraryFile.test(name));
  await mkdir(join(deps, "lib"), { recursive: true });
  for (const name of libraries) {
    await cp(join(libDir, name), join(deps, "lib", name), { verbatimSymlinks: true });
  }
  const include = join(source, "include");
  if (!existsSync(include)) throw new Error("it has no include folder");
  const headers = (await readdir(include, { recursive: true })).map((name) => name.split(sep).join("/"));
  for (const name of headers.filter(isNeededHeader)) {
    await mkdir(dirname(join(deps, "include", name)), { recursive: true });
    await cp(join(include, name), join(deps, "include", name), { dereference: true });
  }
}

/** An official archive holds ./lib/libtensorflow… and ./include/…; the rest (licences) is left out. */
function placeOfArchiveEntry({ name, type }: TarEntry): string | undefined {
  if (type === "directory") return undefined;
  const path = name.replace(/^(\.\/)+/, "");
  const [folder, ...rest] = path.split("/");
  if (folder === "lib") return rest.length === 1 && libraryFile.test(rest[0] ?? "") ? path : undefined;
  return folder === "include" && isNeededHeader(rest.join("/")) ? path : undefined;
}
