import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Benchmark, rounded } from "./figure.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The demo's six stages, from zero. */
export const whole: Benchmark = async function* () {
  const exp = "bench";
  const demo = [`${root}/scripts/demo.mjs`, "--exp", exp, "--force"];
  const { status } = spawnSync(process.execPath, demo, { stdio: ["ignore", 2, 2] });
  if (status !== 0) throw new Error("The demo failed.");
  const { seconds, peakMemoryBytes } = JSON.parse(readFileSync(`${root}/results/${exp}/run.json`, "utf8"));
  const parts: [string, number][] = Object.entries(seconds);
  const total = parts.reduce((sum, [, time]) => sum + time, 0);
  for (const [part, time] of parts) {
    yield {
      name: `demo, ${part}`,
      value: rounded(time),
      unit: "s",
      ratio: rounded(time / total),
      against: "whole",
    };
  }
  yield { name: "demo, whole", value: rounded(total), unit: "s" };
  yield { name: "demo, peak memory", value: rounded(peakMemoryBytes / 2 ** 20), unit: "MiB" };
};
