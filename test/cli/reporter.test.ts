import { PassThrough } from "node:stream";
import { expect, test } from "vitest";
import { createConsoleReporter } from "../../src/cli/console-reporter.js";
import { plainProgress } from "../../src/cli/plain-progress.js";

/** A stream that remembers; a terminal when it has columns. */
function recorder(columns?: number) {
  const stream = new PassThrough();
  const chunks: string[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk.toString()));
  const terminal = columns === undefined ? {} : { isTTY: true, columns };
  return {
    stream: Object.assign(stream, terminal) as unknown as NodeJS.WriteStream,
    text: () => chunks.join(""),
  };
}

test("plain progress: lines are far apart, with what is left and the last note", () => {
  const { stream, text } = recorder();
  let seconds = 0;
  const progress = plainProgress(stream, () => 1000 * seconds).start("training", 1000);
  for (let done = 1; done <= 1000; done++) {
    seconds += 0.125;
    progress.update(done, done === 100 ? "loss 0.41" : undefined);
  }
  progress.stop();
  const lines = text().trimEnd().split("\n");
  expect(lines).toHaveLength(10);
  expect(lines[0]).toBe("training: 100/1000 (10 %), 1 min 53 s left, loss 0.41");
  expect(lines.at(-1)).toBe("training: done in 2 min 05 s");
});

test("plain progress: slow work is heard of once a minute, quick work not at all", () => {
  const { stream, text } = recorder();
  let seconds = 0;
  const display = plainProgress(stream, () => 1000 * seconds);
  const slow = display.start("slow", 10_000);
  for (let done = 1; done <= 12; done++) {
    seconds += 10;
    slow.update(done);
  }
  slow.stop();
  const quick = display.start("quick", 3);
  for (let done = 1; done <= 3; done++) quick.update(done);
  quick.stop();
  expect(text().trimEnd().split("\n")).toEqual([
    expect.stringContaining("slow: 6/10000"),
    expect.stringContaining("slow: 12/10000"),
    "slow: stopped at 12/10000 after 2 min 00 s",
  ]);
});

test("lines go to out, warnings to err", () => {
  const [out, err] = [recorder(), recorder()];
  const reporter = createConsoleReporter({ out: out.stream, err: err.stream });
  reporter.info("engine: wasm");
  reporter.warn("slow");
  expect([out.text(), err.text()]).toEqual(["engine: wasm\n", "warning: slow\n"]);
});

test.each([
  ["quiet", "table\n"],
  ["normal", "engine: wasm\ntable\n"],
  ["verbose", "engine: wasm\nnode\ntable\n"],
] as const)("%s: warnings and results always, the rest by loudness", (loudness, expected) => {
  const [out, err] = [recorder(), recorder(100)];
  const reporter = createConsoleReporter({ out: out.stream, err: err.stream }, loudness);
  reporter.info("engine: wasm");
  reporter.detail("node");
  if (loudness === "quiet") reporter.progress("training", 3).update(2);
  reporter.warn("slow");
  reporter.result("table");
  expect([out.text(), err.text()]).toEqual([expected, "warning: slow\n"]);
});

test("bars: nested, lines pass above them, and the terminal's settings stay untouched", () => {
  const terminal = recorder(100);
  const reporter = createConsoleReporter({ out: terminal.stream, err: terminal.stream });
  const outer = reporter.progress("epochs", 2);
  outer.update(1, "ACC 91 %");
  const inner = reporter.progress("batches", 4);
  inner.update(2);
  reporter.info("a line in between");
  inner.stop();
  outer.update(2);
  outer.stop();
  reporter.info("afterwards");
  const text = terminal.text();
  expect(text).toContain("epochs [############------------] 50 % | 1/2");
  expect(text).toContain("ACC 91 %");
  expect(text).toContain("batches [");
  expect(text).toContain("a line in between\n");
  expect(text.endsWith("afterwards\n")).toBe(true);
  // Neither the cursor (?25) nor line wrapping (?7) is switched, so nothing needs restoring after Ctrl-C.
  for (const mode of ["?25", "?7"]) expect(text).not.toContain(mode);
});
