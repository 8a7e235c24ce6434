import { existsSync, realpathSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";

/** A program and the arguments that come first. */
export interface NpmCall {
  readonly program: string;
  readonly args: readonly string[];
}

interface Surroundings {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of this Node. */
  readonly execPath: string;
  readonly platform: NodeJS.Platform;
}

const script = "npm-cli.js";
const inPackages = join("node_modules", "npm", "bin", script);

/**
 * How to run npm without a shell: its own JavaScript with this Node. On Windows what PATH has is npm.cmd, which Node starts only
 * in a shell. The npm that has started this process goes first, then that of PATH, then the one that came with this Node.
 * @returns undefined where there is none
 */
export function npmCall({ env, execPath, platform }: Surroundings = process): NpmCall | undefined {
  const asNode = (path: string): NpmCall => ({ program: execPath, args: [path] });
  const running = env.npm_execpath;
  if (running !== undefined && basename(running) === script && existsSync(running)) return asNode(running);
  // Windows' own spelling is Path; the process's environment knows it under both, a copy does not.
  const folders = (env.PATH ?? env.Path ?? "").split(delimiter).filter((folder) => folder !== "");
  const isWindows = platform === "win32";
  for (const folder of folders) {
    const command = join(folder, isWindows ? "npm.cmd" : "npm");
    if (!existsSync(command)) continue;
    const [linked, beside] = [realpathSync(command), join(folder, inPackages)];
    if (basename(linked) === script) return asNode(linked);
    if (isWindows && existsSync(beside)) return asNode(beside);
    // A version manager's stand-in, which is a program of its own.
    if (!isWindows) return { program: command, args: [] };
  }
  const ofNode = dirname(execPath);
  const own = [join(ofNode, inPackages), join(ofNode, "..", "lib", inPackages)].find(existsSync);
  return own === undefined ? undefined : asNode(own);
}
