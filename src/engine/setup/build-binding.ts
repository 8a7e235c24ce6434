import { existsSync, readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { delimiter, dirname, join } from "node:path";
import { reasonIn, runCommand } from "./run-command.js";
import { findProgram, installHint, missingTools, type ToolName, toolNames } from "./tools.js";
import { WayClosed, type WayContext } from "./way.js";

const buildTools: readonly ToolName[] = ["python3", "make", "g++"];

/** @throws WayClosed that names every missing tool and the command that installs them */
export async function requireBuildTools(signal?: AbortSignal, more: readonly ToolName[] = []): Promise<void> {
  const needed = toolNames.filter((name) => buildTools.includes(name) || more.includes(name));
  const missing = await missingTools(needed, signal);
  if (missing.length === 0) return;
  const verb = missing.length === 1 ? "is" : "are";
  throw new WayClosed(`${missing.join(", ")} ${verb} missing (install: ${installHint(missing)})`);
}

/**
 * Compiles the package's binding against deps/ of the stage, into lib/ of the stage.
 * @throws WayClosed with the compiler's last error
 */
export async function buildBinding({ stage, reporter, signal }: WayContext): Promise<void> {
  reporter.info("Building the binding (about 20 seconds).");
  const tool = join(nodePreGypDir(stage), "bin", "node-pre-gyp");
  const result = await runCommand(process.execPath, [tool, "install", "--build-from-source"], {
    cwd: stage,
    env: nodePreGypEnv(stage),
    signal,
  });
  if (result.ok) return;
  throw new WayClosed(`the binding did not build (${reasonIn(result.lines)})`);
}

/** What node-pre-gyp needs beyond this process's variables: itself on PATH, node-gyp, and Node's headers. */
export function nodePreGypEnv(stage: string): Record<string, string> {
  const env: Record<string, string> = {
    PATH: `${join(nodePreGypDir(stage), "bin")}${delimiter}${process.env.PATH ?? ""}`,
  };
  const nodeGyp = findNodeGyp();
  if (process.env.npm_config_node_gyp === undefined && nodeGyp !== undefined)
    env.npm_config_node_gyp = nodeGyp;
  const headers = findNodeHeaders();
  if (process.env.npm_config_nodedir === undefined && headers !== undefined) env.npm_config_nodedir = headers;
  return env;
}

function nodePreGypDir(stage: string): string {
  return dirname(createRequire(join(stage, "package.json")).resolve("@mapbox/node-pre-gyp/package.json"));
}

/** node-gyp comes with npm, which need not lie beside node. */
function findNodeGyp(): string | undefined {
  const npm = findProgram("npm");
  if (npm === undefined) return undefined;
  const path = join(dirname(realpathSync(npm)), "..", "node_modules", "node-gyp", "bin", "node-gyp.js");
  return existsSync(path) ? path : undefined;
}

/** Headers that came with this very Node; without them node-gyp downloads them from nodejs.org. */
function findNodeHeaders(): string | undefined {
  const prefix = dirname(dirname(realpathSync(process.execPath)));
  const versionHeader = join(prefix, "include", "node", "node_version.h");
  if (!existsSync(versionHeader)) return undefined;
  const text = readFileSync(versionHeader, "utf8");
  const version = ["MAJOR", "MINOR", "PATCH"].map(
    (part) => new RegExp(`NODE_${part}_VERSION (\\d+)`).exec(text)?.[1],
  );
  return version.join(".") === process.versions.node ? prefix : undefined;
}
