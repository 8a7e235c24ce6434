import { tfjsVariable } from "./package-dir.js";
import { reasonIn, runCommand } from "./run-command.js";

export interface LoadReport {
  readonly libraryVersion: string;
  readonly device: "cpu" | "gpu";
}

/** Loads the package, multiplies two matrices and convolves an image: what a broken set-up does not survive. */
const script = `
const { createRequire } = require("node:module");
const util = require("node:util");
util.isNullOrUndefined = (value) => value === null || value === undefined;
util.isArray = Array.isArray;
const load = createRequire(process.argv[1] + "/package.json");
const tf = load("@tensorflow/tfjs");
load(process.argv[1]);
const product = tf.matMul(tf.ones([2, 3]), tf.ones([3, 2])).dataSync();
const image = tf.conv2d(tf.ones([1, 4, 4, 2]), tf.ones([3, 3, 2, 1]), 1, "valid").dataSync();
if (!product.every((x) => x === 3) || !image.every((x) => x === 18)) throw new Error("it computes wrong numbers");
const { isUsingGpuDevice, binding } = tf.backend();
console.log("poisonspot " + JSON.stringify({ libraryVersion: binding.TF_Version, device: isUsingGpuDevice ? "gpu" : "cpu" }));
`;

/**
 * Tries a set-up package in a process of its own, so that a crash is only a failed test.
 * @throws Error with the last line the child said
 */
export async function testPackage(packageDir: string, signal?: AbortSignal): Promise<LoadReport> {
  const result = await runCommand(process.execPath, ["--no-deprecation", "-e", script, packageDir], {
    env: { TF_CPP_MIN_LOG_LEVEL: "3", ...tfjsVariable() },
    signal,
    timeoutMs: 180_000,
  });
  const line = result.lines.find((text) => text.startsWith("poisonspot "));
  if (!result.ok || line === undefined) {
    const reason = result.lines.length === 0 ? "it crashed" : reasonIn(result.lines).replace(/^Error: /, "");
    throw new Error(`the library does not load: ${reason}`);
  }
  return JSON.parse(line.slice("poisonspot ".length)) as LoadReport;
}
