// Kills scans at random moments and repeats them: npm run faults:scan -- [--count 24] [--seed 1]
import { spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command } from "commander";
import sharp from "sharp";
import { createRng } from "../src/random/rng.js";
import { hashesOf } from "../test/e2e/artefacts.js";

const main = join(dirname(dirname(fileURLToPath(import.meta.url))), "dist", "cli", "main.js");
const program = new Command("faults-scan")
  .description("Kills scans (SIGKILL) at random moments, repeats them, and compares what they leave.")
  .option("--count <n>", "scans to kill", Number, 24)
  .option("--seed <n>", "of the moments", Number, 1);
program.parse();
const { count, seed } = program.opts<{ count: number; seed: number }>();

const folder = await mkdtemp(join(tmpdir(), "poisonspot-faults-"));
const out = join(folder, "out");
for (const name of ["data", "trusted"])
  for (const [label, className] of ["dark", "bright"].entries()) {
    await mkdir(join(folder, name, className), { recursive: true });
    for (let i = 0; i < 60; i++) {
      const rng = createRng(`${name}/${className}/${i}`);
      const isOdd = name === "data" && label === 1 && i < 30;
      const pixels = Uint8Array.from({ length: 16 * 16 * 3 }, (_, k) =>
        isOdd && k < 4 * 16 * 3 ? 255 : 60 + 60 * label + rng.int(50),
      );
      const raw = { width: 16, height: 16, channels: 3 as const };
      await sharp(pixels, { raw })
        .png()
        .toFile(join(folder, name, className, `${i}.png`));
    }
  }

const flags = ["--size", "16", "--epochs", "4", "--bs", "32", "--engine", "tensorflow"];
const args = [
  main,
  "scan",
  "data",
  "--trusted",
  "trusted",
  "--out",
  "out",
  "--checkpoint_seconds",
  "0.2",
  ...flags,
];

/** @param killAfterMs undefined: never */
function scan(killAfterMs?: number): Promise<{ readonly exitCode: number | null; readonly ms: number }> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    const child = spawn(process.execPath, args, { cwd: folder, stdio: "ignore" });
    const timer =
      killAfterMs === undefined ? undefined : setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    child.on("error", reject);
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      resolve({ exitCode, ms: performance.now() - began });
    });
  });
}

/**
 * The report for people says when it was written; what was decoded, whether its files have been left alone for a minute. The
 * lock of a process that is gone stays until somebody needs what it locks.
 */
const passing = /^report\.html$|^decoded\/.*\.json$|\.lock$/;
const left = async () => new Map([...(await hashesOf(out))].filter(([path]) => !passing.test(path)));
const evidence = 3;
const first = await scan();
if (first.exitCode !== evidence) throw new Error(`The uninterrupted scan ended with ${first.exitCode}.`);
const expected = await left();
console.log(`uninterrupted: ${(first.ms / 1000).toFixed(1)} s, ${expected.size} files`);
const rng = createRng(`faults-scan/${seed}`);
const total = { killed: 0, lost: 0 };
for (let point = 0; point < count; point++) {
  await rm(out, { recursive: true });
  await mkdir(out);
  const afterMs = ((point + rng.uniform()) / count) * first.ms;
  const killed = await scan(afterMs);
  const again = await scan();
  const found = await left();
  const paths = new Set([...expected.keys(), ...found.keys()]);
  const wrong = [...paths].filter((path) => expected.get(path) !== found.get(path));
  if (again.exitCode !== evidence) wrong.push(`exit ${again.exitCode}`);
  if (killed.exitCode === null) total.killed++;
  if (wrong.length > 0) total.lost++;
  const what = killed.exitCode === null ? `killed after ${Math.round(afterMs)} ms` : "ended before";
  console.log(
    `point ${point + 1}: ${what}: ${wrong.length === 0 ? "same bytes" : `LOST: ${wrong.join(", ")}`}`,
  );
}
await rm(folder, { recursive: true });
console.log(
  `${total.killed} killed, ${total.killed - total.lost} as if nothing had happened, ${total.lost} lost`,
);
process.exitCode = total.lost === 0 ? 0 : 1;
