import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test, vi } from "vitest";
import { writeFileAtomic } from "../../src/files/atomic-file.js";
import { machineId } from "../../src/files/process-identity.js";
import { temporaryFolder } from "../store/temporary-folder.js";
import { makeOlder } from "./lock-files.js";

const daySeconds = 86_400;

/** Names in `folder` after `file` was written there. */
async function leftBeside(folder: string): Promise<string[]> {
  await writeFileAtomic(join(folder, "file"), "text");
  return (await readdir(folder)).filter((name) => name !== "file").sort();
}

test("what dead processes of this machine left half-written is removed, what living ones write is not", async () => {
  const folder = await temporaryFolder();
  const left = (name: string, pid: number) => `${name}.partial-${machineId()}-${pid}-01234567`;
  const names = [left("file", process.pid), left("other", 2 ** 30)];
  for (const name of [...names, left("file", 2 ** 30)]) await writeFile(join(folder, name), "half");
  expect(await leftBeside(folder)).toEqual(names);
});

test("another machine's writer cannot be seen: what it writes is left to it for a day", async () => {
  const folder = await temporaryFolder();
  const [busy, lost] = ["0badcafe", "0badbeef"].map(
    (machine) => `file.partial-${machine}-1073741824-01234567`,
  );
  for (const name of [busy, lost]) await writeFile(join(folder, name), "half");
  await makeOlder(join(folder, busy), daySeconds - 100);
  await makeOlder(join(folder, lost), daySeconds + 100);
  expect(await leftBeside(folder)).toEqual([busy]);
});

test("the age of a folder is that of the latest change in it", async () => {
  const folder = await temporaryFolder();
  const name = "file.partial-0badcafe-1073741824-01234567";
  const rows = join(folder, name, "array", "0");
  await mkdir(rows, { recursive: true });
  await writeFile(join(rows, "0"), "rows");
  for (const path of [rows, join(folder, name, "array"), join(folder, name)])
    await makeOlder(path, 2 * daySeconds);
  expect(await leftBeside(folder)).toEqual([name]);
  await makeOlder(join(rows, "0"), 2 * daySeconds);
  expect(await leftBeside(folder)).toEqual([]);
});

test("this machine's clock does not count", async () => {
  const folder = await temporaryFolder();
  const name = "file.partial-0badcafe-1073741824-01234567";
  await writeFile(join(folder, name), "half");
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10 * daySeconds * 1000 });
  onTestFinished(() => void vi.useRealTimers());
  expect(await leftBeside(folder)).toEqual([name]);
});
