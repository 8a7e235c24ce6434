import { existsSync } from "node:fs";
import { readdir, symlink } from "node:fs/promises";
import { join } from "node:path";

/** File names of the two libraries (with version numbers, on Linux and macOS). */
export const libraryFile = /^libtensorflow(_cc|_framework)?(\.\d+)*\.(so(\.\d+)*|dylib)$/;

/** Where headers of the C API and what they include lie, in a wheel or in an official archive. */
const headerFolders = ["tensorflow/c/", "tensorflow/core/platform/", "tsl/platform/", "xla/tsl/c/"];

/** Whether `path`, relative to the include folder, may be needed to build the binding (of 13,000 headers, 14 are). */
export function isNeededHeader(path: string): boolean {
  return path.endsWith(".h") && headerFolders.some((folder) => path.startsWith(folder));
}

/**
 * Gives the libraries in `libDir` the names the linker looks for: libtensorflow.so and libtensorflow_framework.so.
 * @throws Error when one of the two is not there
 */
export async function linkLibraries(libDir: string): Promise<void> {
  const names = await readdir(libDir);
  const [suffix, pattern] =
    process.platform === "darwin" ? [".2.dylib", "\\.2.*\\.dylib"] : [".so", "\\.so\\.2"];
  for (const stem of ["libtensorflow", "libtensorflow_framework"]) {
    if (existsSync(join(libDir, stem + suffix))) continue;
    const candidates = stem === "libtensorflow" ? `${stem}(_cc)?` : stem;
    const found = names.find((name) => new RegExp(`^${candidates}${pattern}`).test(name));
    if (found === undefined) throw new Error(`There is no ${stem}${suffix} in ${libDir}`);
    await symlink(found, join(libDir, stem + suffix));
  }
}
