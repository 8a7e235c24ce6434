// Gives damaged files to every reader: npm run fuzz -- [READER…] [--count 10000] [--seed 1] [--first 0]
// A line a reader; exit code 1 when one crashed, hung, took too long or too much memory.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type FuzzReport, fuzz, limits } from "../test/fuzz/fuzz.js";
import { type TargetName, targets } from "../test/fuzz/targets.js";

/** An input that has not ended after so long never will, however busy the machine. */
const hangMilliseconds = 120_000;
/** Defects that are shown of one reader. */
const maxShown = 5;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    count: { type: "string", default: "10000" },
    seed: { type: "string", default: "1" },
    first: { type: "string", default: "0" },
  },
});
const [count, first] = [values.count, values.first].map(Number);
const names = Object.keys(targets) as TargetName[];
const unknown = positionals.filter((name) => !Object.hasOwn(targets, name));
if (unknown.length > 0 || !Number.isSafeInteger(count) || !Number.isSafeInteger(first)) {
  console.error(`usage: fuzz [READER…] [--count N] [--seed S] [--first N]; readers: ${names.join(", ")}`);
  process.exit(2);
}

const mebibytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;

/** The child: says which input comes next, and at the end what came out. */
async function beReader(name: TargetName): Promise<void> {
  const tell = (message: number | FuzzReport) => process.send?.(message);
  tell(await fuzz(targets[name], { name, seed: values.seed, first, count, onInput: tell }));
  process.disconnect();
}

async function watchReaders(chosen: readonly TargetName[]): Promise<void> {
  let defects = 0;
  console.log(
    `seed ${values.seed}; limits: ${limits.milliseconds} ms, ${mebibytes(limits.bytesAskedFor)} asked for at once, ${mebibytes(limits.residentBytes)} taken by an input`,
  );
  for (const name of chosen) {
    const report = await reportOf(name);
    defects += report.defects.length;
    console.log(
      `${name.padEnd(13)} ${report.inputs} inputs, ${report.accepted} accepted, ${report.refused} refused, ` +
        `${report.defects.length} defects, slowest ${report.slowestMilliseconds.toFixed(0)} ms (input ${report.slowestInput}), ` +
        `largest piece ${mebibytes(report.largestBytes)}, memory +${mebibytes(report.residentGrowthBytes)}`,
    );
    for (const defect of report.defects.slice(0, maxShown)) {
      const number = /^input (\d+)/.exec(defect)?.[1];
      console.log(
        `  ${defect}\n  again: npm run fuzz -- ${name} --seed ${values.seed} --first ${number} --count 1`,
      );
    }
  }
  process.exitCode = defects > 0 ? 1 : 0;
}

/** Runs a reader in a process of its own, which may crash or hang. */
function reportOf(name: TargetName): Promise<FuzzReport> {
  const args = [name, ...Object.entries(values).flatMap(([option, value]) => [`--${option}`, value])];
  const child = fork(fileURLToPath(import.meta.url), args, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  return new Promise((resolve) => {
    let [current, reason] = [first, "the process ended"];
    let report: FuzzReport | undefined;
    let timer: NodeJS.Timeout | undefined;
    child.on("message", (message: number | FuzzReport) => {
      clearTimeout(timer);
      if (typeof message === "number") {
        current = message;
        timer = watchdog(child, () => (reason = "never ended"));
      } else report = message;
    });
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      resolve(
        report ?? lost(current - first, `input ${current}: ${reason} (${signal ?? `exit code ${code}`})`),
      );
    });
  });
}

function watchdog(child: ChildProcess, onHang: () => void): NodeJS.Timeout {
  return setTimeout(() => {
    onHang();
    child.kill("SIGKILL");
  }, hangMilliseconds);
}

/** Of a reader that did not get to its report. */
const lost = (inputs: number, defect: string): FuzzReport => ({
  inputs,
  accepted: 0,
  refused: 0,
  defects: [defect],
  slowestMilliseconds: hangMilliseconds,
  slowestInput: Number(/\d+/.exec(defect)?.[0] ?? 0),
  largestBytes: 0,
  residentGrowthBytes: 0,
});

if (process.send) await beReader(positionals[0] as TargetName);
else await watchReaders(positionals.length > 0 ? (positionals as TargetName[]) : names);
