// Runs all tests (or those named by the arguments) and closes with what was counted: "N passed, N failed".
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const vitest = join(dirname(createRequire(import.meta.url).resolve("vitest/package.json")), "vitest.mjs");

const folder = mkdtempSync(join(tmpdir(), "poisonspot-tests-"));
const report = join(folder, "report.json");
const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`];
const { status, signal, error } = spawnSync(
  process.execPath,
  [vitest, "run", ...reporters, ...process.argv.slice(2)],
  { cwd: root, stdio: "inherit" },
);
if (error !== undefined) throw error;
try {
  const { passed, failed } = count(JSON.parse(readFileSync(report, "utf8")));
  console.log(`${passed} passed, ${failed} failed`);
} catch (cause) {
  console.error(`The tests left no report: ${cause.message}`);
} finally {
  rmSync(folder, { recursive: true });
}
process.exit(status ?? (signal === "SIGINT" ? 130 : 1));

/** A file that could not even be loaded holds no test, and counts as one failure. */
function count({ testResults }) {
  let passed = 0;
  let failed = 0;
  for (const { status: fileStatus, assertionResults } of testResults) {
    const failedHere = assertionResults.filter((test) => test.status === "failed").length;
    passed += assertionResults.filter((test) => test.status === "passed").length;
    failed += failedHere === 0 && fileStatus === "failed" ? 1 : failedHere;
  }
  return { passed, failed };
}
