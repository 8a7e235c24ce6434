// Compiles the forest's kernel: npm run kernel. The result is committed, so that nobody needs the compiler to use it.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const compiler = "assemblyscript@0.28.20";
const folder = fileURLToPath(new URL("../src/scoring/forest/kernel", import.meta.url));
const sources = ["growing.ts", "binning.ts"].map((name) => join(folder, "assembly", name));
const work = mkdtempSync(join(tmpdir(), "poisonspot-kernel-"));
const binary = join(work, "forest.wasm");
const flags =
  "-O3 --noAssert --runtime stub --importMemory --sharedMemory --initialMemory 1 --maximumMemory 65536";
const args = [
  "--yes",
  "--package",
  compiler,
  "asc",
  ...sources,
  ...flags.split(" "),
  "--enable",
  "threads",
  "--enable",
  "simd",
  "-o",
  binary,
];
const { status } = spawnSync("npx", args, { stdio: "inherit" });
if (status !== 0) process.exit(1);
const sha256 = createHash("sha256")
  .update(Buffer.concat(sources.map((source) => readFileSync(source))))
  .digest("hex");
const base64 = readFileSync(binary).toString("base64");
writeFileSync(
  join(folder, "forest-wasm.ts"),
  `// Made by \`npm run kernel\` from assembly/growing.ts and assembly/binning.ts.
export const sourceSha256 = "${sha256}";
export const forestWasm =
  "${base64}";
`,
);
rmSync(work, { recursive: true });
