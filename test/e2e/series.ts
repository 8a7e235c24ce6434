import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";

const script = fileURLToPath(new URL("./series-child.mjs", import.meta.url));

interface Command {
  readonly cwd: string;
  readonly args: readonly string[];
  /** Writing files whose path holds `path` fails half-way with this code of the system. */
  readonly failing?: { readonly path: string; readonly code: string };
  /** The clock is set back again and again. */
  readonly backwards?: boolean;
}

interface Outcome {
  readonly exitCode: number;
  /** What the program says of a failure. */
  readonly text: string;
}

/**
 * Runs built command lines in one process of their own, which takes a fraction of the time of one process each.
 * @param user the user and group whose process it is; by default the test's
 * @returns what came of each
 */
export function series(commands: readonly Command[], user?: number): Promise<Outcome[]> {
  return new Promise((resolve, reject) => {
    const identity = user === undefined ? {} : { uid: user, gid: user };
    const child = fork(script, [JSON.stringify(commands)], { silent: true, ...identity });
    const outcomes: Outcome[] = [];
    let stderr = "";
    child.stdout?.resume();
    child.stderr?.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    child.on("message", (outcome: Outcome) => outcomes.push(outcome));
    child.on("error", reject);
    child.on("close", () => {
      if (outcomes.length === commands.length) resolve(outcomes);
      else reject(new Error(`The process ended in command ${outcomes.length + 1}:\n${stderr}`));
    });
  });
}
