// Runs the built program under every Node.js that it supports, from the first one on: doctor, all six stages on tiny data, status,
// a checkpoint to PyTorch's format and back; and under one that is too old. `npm run test:nodes [-- 22 26]` runs some of them.
// The binaries are npm packages of Linux and macOS, kept in the temporary folder.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { tinyRun } from "./tiny-run.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, "dist", "cli", "main.js");
const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const first = `${engines.node.replace(">=", "")}.0`;
const wanted = process.argv.length > 2 ? process.argv.slice(2) : ["18", first, "20", "22", "24", "26"];

const binaryPackage = `node-${process.platform}-${process.arch}`;
if (!["linux", "darwin"].includes(process.platform)) {
  console.error(`There is no ${binaryPackage}: this is tried on Linux and macOS alone.`);
  process.exit(1);
}

const run = tinyRun.split(" ");
const model = "saved_models/model_lc_synthetic_8_0.5_1_16.safetensors";

let failed = 0;
for (const version of wanted) {
  const node = fetchNode(version);
  const name = `Node ${spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim()}`;
  if (Number.parseInt(version, 10) < Number.parseInt(first, 10)) {
    check(node, tmpdir(), `${name} is refused`, ["doctor"], /This is Node\.js v18.*needs >=/, 2);
    continue;
  }
  const doctor = check(node, tmpdir(), `${name} doctor`, ["doctor"], /engine +\w+/);
  const engine =
    doctor === undefined ? [] : ["wasm", ...(/tensorflow +works/.test(doctor) ? ["tensorflow"] : [])];
  for (const one of engine) {
    const folder = mkdtempSync(join(tmpdir(), "poisonspot-node-"));
    try {
      const title = `${name} ${one}`;
      check(node, folder, `${title}: six stages`, ["--engine", one, ...run], /results: /);
      check(node, folder, `${title}: status`, ["status", ...run], /latest run: ended/);
      check(node, folder, `${title}: convert`, ["convert", model, "a.pth"], /wrote a\.pth/);
      check(
        node,
        folder,
        `${title}: convert back`,
        ["convert", "a.pth", "a.safetensors"],
        /wrote a\.safetensors/,
      );
      if (existsSync(join(folder, model)))
        console.log(`       poisoned model: SHA-256 ${sha256(join(folder, model)).slice(0, 16)}`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
}
console.log(failed === 0 ? "All of them work." : `${failed} failed.`);
process.exit(failed === 0 ? 0 : 1);

/** @returns the binary's path, from an earlier time or from npm */
function fetchNode(version) {
  const folder = join(tmpdir(), "poisonspot-nodes", version);
  const node = join(folder, "node_modules", binaryPackage, "bin", "node");
  if (existsSync(node)) return node;
  mkdirSync(folder, { recursive: true });
  const install = ["install", "--prefix", folder, "--no-save", "--no-audit", "--no-fund"];
  const { status } = spawnSync("npm", [...install, `${binaryPackage}@${version}`], {
    stdio: ["ignore", 2, 2],
  });
  if (status === 0 && existsSync(node)) return node;
  console.error(`npm has no ${binaryPackage}@${version}.`);
  process.exit(1);
}

/** Runs the program under a Node.js. @returns what it printed; undefined where that is not as expected, which is said */
function check(node, cwd, title, args, expected, exitCode = 0) {
  const begin = performance.now();
  const env = { ...process.env, PATH: [dirname(node), process.env.PATH].join(delimiter) };
  const { status, signal, stdout, stderr } = spawnSync(node, [main, ...args], { cwd, env, encoding: "utf8" });
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  // What Node.js finds deprecated is for us and not for the user. The first versions still called JSON modules an experiment.
  const isQuiet = !/\(node:\d+\) (?!ExperimentalWarning: Importing JSON)/.test(stderr);
  const isRight = status === exitCode && expected.test(stdout + stderr) && isQuiet;
  console.log(`${isRight ? "ok    " : "FAILED"} ${seconds.padStart(6)} s  ${title}`);
  if (isRight) return stdout;
  failed++;
  console.log(`exit code ${status}, signal ${signal}\n${stdout}${stderr}`);
  return undefined;
}

function sha256(path) {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}
