import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { openLogFile } from "../../src/cli/log-file.js";
import { filePixels } from "../../src/datasets/file-pixels.js";
import { readSource } from "../../src/datasets/source-content.js";
import { readResults } from "../../src/experiment/results.js";
import { readJson } from "../../src/files/atomic-file.js";
import { openRegularFile, openRegularFileSync, readRegularFile } from "../../src/files/regular-file.js";
import { sha256OfFile } from "../../src/files/sha256.js";
import { readZipEntries } from "../../src/files/zip-stream.js";
import { silentReporter } from "../../src/reporter.js";
import { readCheckpoint } from "../../src/store/checkpoint.js";
import { convertCheckpoint } from "../../src/store/convert-checkpoint.js";
import { readNpy } from "../../src/store/npy.js";
import { readPickledTensor } from "../../src/store/pytorch/pickled-tensor.js";
import { readPytorch } from "../../src/store/pytorch/read-pytorch.js";
import { readSafetensors } from "../../src/store/safetensors.js";
import { temporaryFolder } from "../store/temporary-folder.js";

/** Nobody ever writes to it: opening it as a file is waiting for ever. */
async function namedPipe(name: string): Promise<string> {
  const path = join(await temporaryFolder(), name);
  execFileSync("mkfifo", [path]);
  return path;
}

/** Before the test's own limit is reached: it names what has hung. */
const soon = <T>(work: Promise<T>): Promise<T> =>
  Promise.race([
    work,
    new Promise<T>((_, reject) => setTimeout(() => reject(new Error("it waits")), 2000).unref()),
  ]);

test("a file is read, up to a size", async () => {
  const path = join(await temporaryFolder(), "file");
  await writeFile(path, "four");
  expect(await readRegularFile(path, 4)).toEqual(Buffer.from("four"));
  await expect(readRegularFile(path, 3)).rejects.toThrow(`${path} has 4 bytes, more than the 3`);
});

test("a missing file is told by the system's own code", async () => {
  const path = join(await temporaryFolder(), "none");
  await expect(openRegularFile(path)).rejects.toMatchObject({ code: "ENOENT" });
  expect(() => openRegularFileSync(path)).toThrow("ENOENT");
});

describe.skipIf(process.platform === "win32")("what is no file is named, and not waited for", () => {
  test("a folder, a pipe, a socket, a device", async () => {
    const folder = await temporaryFolder();
    const socket = join(folder, "socket");
    const server = createServer().listen(socket);
    onTestFinished(() => void server.close());
    await new Promise((resolve) => server.once("listening", resolve));
    for (const [path, kind] of [
      [folder, "a folder"],
      [await namedPipe("pipe"), "a named pipe"],
      [socket, "a socket"],
      ["/dev/zero", "a device"],
    ]) {
      const refusal = `${path} is ${kind}, not a file.`;
      await expect(soon(openRegularFile(path))).rejects.toThrow(refusal);
      expect(() => openRegularFileSync(path)).toThrow(refusal);
    }
  });

  test.each<[reader: string, file: string, read: (path: string) => unknown]>([
    ["a model", "model.pth", readCheckpoint],
    ["a conversion", "model.pt", (path) => convertCheckpoint(path, `${path}.safetensors`, false)],
    ["safetensors", "model.safetensors", readSafetensors],
    ["PyTorch", "model.pth", readPytorch],
    ["a pickled tensor", "trigger.pkl", readPickledTensor],
    [".npy", "ids.npy", (path) => readNpy(path, { hint: "" })],
    ["JSON", "record.json", readJson],
    ["an archive", "files.zip", readZipEntries],
    ["a hash", "data.tar.gz", sha256OfFile],
    ["an image", "image.png", (path) => readSource(path)],
    [
      "images of one size",
      "train_X.bin",
      async (path) => filePixels(path, { height: 1, width: 1, channels: 1 }),
    ],
    ["a log", "run.log", (path) => openLogFile(path, silentReporter)],
    ["results", "results.csv", (path) => readResults(join(path, ".."))],
  ])("as %s", async (_, file, read) => {
    const path = await namedPipe(file);
    const error = await soon(Promise.resolve(read(path))).catch((thrown: unknown) => thrown);
    expect(String(error)).toContain("is a named pipe");
    expect(String(error)).toContain(path);
  });
});
