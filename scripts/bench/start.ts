import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Benchmark, inTurns, rounded, seconds } from "./figure.js";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const rounds = 11;

/** Time until the help is there. */
export const start: Benchmark = async function* () {
  const run = (args: string[]) => () =>
    seconds(async () => {
      if (spawnSync(process.execPath, args).status !== 0) throw new Error(`node ${args.join(" ")} failed.`);
    });
  const [help, nothing] = await inTurns(rounds, [run([main, "--help"]), run(["-e", "0"])]);
  yield {
    name: "poisonspot --help",
    value: rounded(help * 1000),
    unit: "ms",
    ratio: rounded(help / nothing),
    against: "node that does nothing",
    goal: "< 150 ms",
  };
};
