import { readdir } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { describeFailure } from "../../src/cli/failure.js";
import { buildProgram } from "../../src/cli/program.js";
import { temporaryFolder } from "../store/temporary-folder.js";
import { runCli } from "./run-cli.js";

const fixture = (name: string) => fileURLToPath(new URL(`../fixtures/pytorch/${name}`, import.meta.url));

test("says what it wrote, where it is from and what was left out", async () => {
  const folder = await temporaryFolder();
  const input = fixture("checkpoint.pth");
  expect(await runCli(["convert", input, "model.safetensors"], folder)).toEqual({
    exitCode: 0,
    stderr: "",
    stdout: `wrote model.safetensors: 9 entries, 848 B
the state is from "net" in ${input}
left out: epoch, acc, history, ema, optimizer, scheduler, input, device and 1 more
`,
  });
});

test("a hostile file: exit code 2, one message, nothing written", async () => {
  const folder = await temporaryFolder();
  const { exitCode, stdout, stderr } = await runCli(
    ["convert", fixture("evil.pth"), "a.safetensors"],
    folder,
  );
  expect([exitCode, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^error: Refused .*evil\.pth: it asks for "posix\.system".*\nhint: .*\n$/);
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  [["convert"], "missing required argument 'in'"],
  [["convert", "a.pth"], "missing required argument 'out'"],
  [["convert", "a.pth", "b.pth", "c.pth"], "too many arguments for 'convert'"],
  [["convert", "a.pth", "b.pth", "--forse"], "unknown option '--forse'"],
  [["convert", "a.pth", "b.onnx"], "Cannot tell what to write as b.onnx."],
])("%s: exit code 2", async (args, message) => {
  const error = await buildProgram()
    .parseAsync(args, { from: "user" })
    .catch((thrown: unknown) => thrown);
  const { exitCode, text } = describeFailure(error);
  expect(exitCode).toBe(2);
  expect(text).toContain(`error: ${message}`);
});
