import { spawn } from "node:child_process";
import { describe, expect, test } from "vitest";
import { describeFailure } from "../../src/cli/failure.js";
import { RunError, UserError } from "../../src/errors.js";

const source = (path: string) => JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);

/** Work that checks the signal now and then, as stages do; deaf work never looks. */
const script = (deaf: boolean) => `
  import { interruptible } from ${source("cli/interrupts.ts")};
  import { describeFailure } from ${source("cli/failure.ts")};
  import { silentReporter } from ${source("reporter.ts")};
  const reporter = { ...silentReporter, warn: (line) => console.log(line) };
  try {
    await interruptible(reporter, async (signal) => {
      console.log("working");
      for (let step = 0; step < 1000; step++) {
        await new Promise((resolve) => setTimeout(resolve, 20));
        if (!${deaf}) signal.throwIfAborted();
      }
    });
  } catch (error) {
    const { exitCode, text } = describeFailure(error);
    console.log(text);
    process.exit(exitCode);
  }`;

/** Sends a signal each time one of the awaited words is printed. */
function interrupted(deaf: boolean, signals: readonly [string, NodeJS.Signals][]) {
  return new Promise<{ code: number | null; signal: string | null; stdout: string }>((resolve) => {
    const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", script(deaf)];
    const child = spawn(process.execPath, args);
    const waiting = [...signals];
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      const [next] = waiting;
      if (next === undefined || !stdout.includes(next[0])) return;
      waiting.shift();
      child.kill(next[1]);
    });
    child.on("exit", (code, signal) => resolve({ code, signal, stdout }));
  });
}

describe("a signal stops at the next step", () => {
  test.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("%s ends with %i", async (name, exitCode) => {
    const { code, stdout } = await interrupted(false, [["working", name]]);
    expect(code).toBe(exitCode);
    expect(stdout).toContain("stopping after the current step");
    expect(stdout).toContain(`stopped by ${name}`);
  });

  test("a hangup that comes twice, from the shell and from the system, still stops cleanly", async () => {
    const twice: [string, NodeJS.Signals][] = [
      ["working", "SIGHUP"],
      ["stopping", "SIGHUP"],
    ];
    expect(await interrupted(false, twice)).toMatchObject({ code: 129, signal: null });
  });

  test("a second one ends the process at once", async () => {
    const { signal } = await interrupted(true, [
      ["working", "SIGINT"],
      ["stopping", "SIGINT"],
    ]);
    expect(signal).toBe("SIGINT");
  });
});

describe("exit codes and messages", () => {
  test("the user's mistake is 2, a run that cannot go on is 1, both with a hint", () => {
    const text = "error: what\nhint: do this";
    expect(describeFailure(new UserError("what", "do this"))).toEqual({ exitCode: 2, text });
    expect(describeFailure(new RunError("what", "do this"))).toEqual({ exitCode: 1, text });
  });

  test("anything else is a bug, with its stack", () => {
    const { exitCode, text } = describeFailure(new TypeError("shape [2] is not [3]"));
    expect(exitCode).toBe(1);
    expect(text).toMatch(
      /TypeError: shape \[2\] is not \[3\]\n {4}at .*\n(.*\n)*This is a bug in poisonspot/,
    );
  });
});
