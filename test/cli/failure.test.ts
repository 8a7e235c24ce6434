import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { describeFailure } from "../../src/cli/failure.js";
import { naming, writeFileAtomic } from "../../src/files/atomic-file.js";
import { temporaryFolder } from "../store/temporary-folder.js";

test("a path that cannot work is the user's to mend: exit code 2, with the file's own name", async () => {
  const folder = await temporaryFolder();
  await writeFile(join(folder, "file"), "");
  const path = join(folder, "file", "below");
  const error = await writeFileAtomic(join(path, "model"), "x").catch((thrown: unknown) => thrown);
  expect(describeFailure(error)).toEqual({
    exitCode: 2,
    text: `error: ${path}: a part of the path is a file, not a folder.\nhint: Give another path, or mend this one.`,
  });
});

test("a folder where a file should be", async () => {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "model", "inner"), { recursive: true });
  const error = await writeFileAtomic(join(folder, "model"), "x").catch((thrown: unknown) => thrown);
  const { exitCode, text } = describeFailure(error);
  expect(exitCode).toBe(2);
  expect(text).toContain(`error: ${join(folder, "model")}: it is a folder.`);
});

test("a full disk ends with 1 and says which file did not fit", () => {
  // The system does not say which file it was.
  const full = Object.assign(new Error("ENOSPC: no space left on device, write"), { code: "ENOSPC" });
  const { exitCode, text } = describeFailure(naming("models/a.safetensors", full));
  expect(exitCode).toBe(1);
  expect(text).toMatch(
    /^error: models\/a\.safetensors: the disk is full\.\nhint: Everything finished so far is kept/,
  );
});

test("an error of the system that is none of these is reported as a bug", () => {
  const odd = Object.assign(new Error("EBADF: bad file descriptor"), { code: "EBADF", path: "x" });
  expect(describeFailure(odd).text).toContain("This is a bug in poisonspot");
});
