// Makes sure that the code is built and the engine is set up; says nothing and takes no time when both are.
// package.json's scripts begin with it, because with ignore-scripts npm runs no pre-scripts.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const stamp = join(root, "dist", ".built");

if (!isBuilt()) build();
await setUpEngine();

/** Whether dist/ is newer than everything it is made from. An installed package comes built and has no src/. */
function isBuilt() {
  if (!existsSync(join(root, "src"))) return true;
  const built = statSync(stamp, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const sources = ["tsconfig.json", "tsconfig.build.json", "package.json", "src"].map((name) =>
    join(root, name),
  );
  return sources.every((path) => newest(path) < built);
}

/** Time of the last change of a file, or of anything in a folder (removals change the folder itself). */
function newest(path) {
  const status = statSync(path);
  if (!status.isDirectory()) return status.mtimeMs;
  return Math.max(status.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))));
}

function build() {
  console.log("Building poisonspot.");
  const started = new Date();
  // What a source that is gone has left would be packed.
  rmSync(join(root, "dist"), { recursive: true, force: true });
  run([join(root, "node_modules", "typescript", "bin", "tsc"), "-p", join(root, "tsconfig.build.json")]);
  writeFileSync(stamp, "");
  // A source edited while the compiler ran must count as newer.
  utimesSync(stamp, started, started);
}

async function setUpEngine() {
  const setup = (name) => import(pathToFileURL(join(root, "dist", "engine", "setup", name)).href);
  const [{ readFailure, readManifest }, { findNativePackage }] = await Promise.all([
    setup("manifest.js"),
    setup("package-dir.js"),
  ]);
  const packageDir = findNativePackage();
  if (packageDir === undefined || readManifest(packageDir) !== undefined) return;
  const failure = readFailure(packageDir);
  if (failure !== undefined) {
    console.log(`Using the wasm engine (the native one: ${failure}). \`npx poisonspot setup\` tries again.`);
    return;
  }
  // Exit code 1: no native engine here. It has said why; wasm does the work.
  run([join(root, "dist", "cli", "main.js"), "setup"], [0, 1]);
}

/** Runs a script under this Node; ends this process with its exit code unless that is one of `fine`. */
function run(args, fine = [0]) {
  const { status, signal, error } = spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
  if (error !== undefined) throw error;
  const code = status ?? (signal === "SIGINT" ? 130 : 1);
  if (signal !== null || !fine.includes(code)) process.exit(code);
}
