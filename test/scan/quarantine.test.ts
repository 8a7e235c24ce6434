import { mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { sha256Of } from "../../src/files/sha256.js";
import { flaggedFile, quarantine } from "../../src/scan/quarantine.js";
import { cli } from "../e2e/cli.js";
import { temporaryFolder } from "../store/temporary-folder.js";

/** Two classes of two files each; one of each class is flagged. */
async function scanned(flagged = ["cat/a.png", "dog/ü=1.png"]) {
  const folder = await temporaryFolder();
  const [data, scan] = [join(folder, "data"), join(folder, "scan")];
  for (const name of ["cat", "dog"]) await mkdir(join(data, name), { recursive: true });
  for (const file of ["cat/a.png", "cat/b.png", "dog/ü=1.png", "dog/b.png"])
    await writeFile(join(data, file), file);
  await mkdir(scan);
  await writeFile(
    join(scan, flaggedFile),
    flagged.map((file) => `${JSON.stringify({ file, sha256: sha256Of(file) })}\n`).join(""),
  );
  return { folder, data, scan };
}

const filesOf = async (folder: string) =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();

test("flagged images leave the data and come back, with the same bytes, however often it is asked for", async () => {
  const { data, scan } = await scanned();
  const before = await filesOf(data);
  expect(await quarantine(data, scan, false)).toEqual({ moved: 2, thereAlready: 0, left: [] });
  expect(await filesOf(data)).toEqual(["cat/b.png", "dog/b.png"]);
  expect(await filesOf(join(scan, "quarantine"))).toEqual(["cat/a.png", "dog/ü=1.png"]);
  expect(await quarantine(data, scan, false)).toEqual({ moved: 0, thereAlready: 2, left: [] });
  expect(await quarantine(data, scan, true)).toEqual({ moved: 2, thereAlready: 0, left: [] });
  expect(await filesOf(data)).toEqual(before);
  expect(await readFile(join(data, "cat/a.png"), "utf8")).toBe("cat/a.png");
});

/** Another file system than that of temporary files, where there is one. */
const elsewhere = "/dev/shm";
const isElsewhere = async () => {
  const [here, there] = await Promise.all(
    [tmpdir(), elsewhere].map((one) => stat(one).catch(() => undefined)),
  );
  return there !== undefined && here?.dev !== there.dev;
};

test.skipIf(!(await isElsewhere()))(
  "from one file system to another: whole, with its time, and nothing half",
  async () => {
    const { data, scan } = await scanned();
    const apart = await mkdtemp(join(elsewhere, "poisonspot-"));
    onTestFinished(() => rm(apart, { recursive: true }));
    await writeFile(join(apart, flaggedFile), await readFile(join(scan, flaggedFile)));
    await utimes(join(data, "cat/a.png"), 1e9, 1e9);
    expect(await quarantine(data, apart, false)).toEqual({ moved: 2, thereAlready: 0, left: [] });
    expect(await filesOf(data)).toEqual(["cat/b.png", "dog/b.png"]);
    const there = join(apart, "quarantine");
    expect(await filesOf(there)).toEqual(["cat/a.png", "dog/ü=1.png"]);
    expect((await stat(join(there, "cat/a.png"))).mtimeMs).toBe(1e12);
    expect(await readFile(join(there, "cat/a.png"), "utf8")).toBe("cat/a.png");
  },
);

test("what is not the image that was scanned, or would replace another, stays", async () => {
  const { data, scan } = await scanned(["cat/a.png", "cat/b.png", "dog/none.png", "dog/link.png"]);
  await writeFile(join(data, "cat/a.png"), "changed");
  await symlink(join(data, "dog/b.png"), join(data, "dog/link.png"));
  await mkdir(join(scan, "quarantine/cat"), { recursive: true });
  await writeFile(join(scan, "quarantine/cat/b.png"), "older");
  const before = await filesOf(data);
  const { moved, left } = await quarantine(data, scan, false);
  expect(moved).toBe(0);
  expect(left).toEqual([
    "cat/a.png is another image than the one scanned",
    expect.stringMatching(/^cat\/b.png would replace .*quarantine\/cat\/b.png$/),
    "dog/none.png is not there",
    "dog/link.png is not a file of its own",
  ]);
  expect(await filesOf(data)).toEqual(before);
  expect(await readFile(join(scan, "quarantine/cat/b.png"), "utf8")).toBe("older");
});

test("an image within a file is named, and the file left whole", async () => {
  const { data, scan } = await scanned([]);
  await writeFile(join(data, "all.npy"), "rows");
  const line = { file: "all.npy#3", sha256: sha256Of("row"), isOwnFile: false };
  await writeFile(join(scan, flaggedFile), `${JSON.stringify(line)}\n`);
  const before = await filesOf(data);
  const { moved, left } = await quarantine(data, scan, false);
  expect([moved, left]).toEqual([
    0,
    [expect.stringMatching(/^all.npy#3 is a part of a file, which is left whole/)],
  ]);
  expect(await filesOf(data)).toEqual(before);
});

test("nothing is moved out of the folders by names or by links", async () => {
  for (const name of ["../outside.png", "/etc/hostname", "cat/../../x"]) {
    const { data, scan } = await scanned([name]);
    await expect(quarantine(data, scan, false)).rejects.toThrow("line 1: not a file name");
  }
  const { folder, data, scan } = await scanned(["out/a.png"]);
  await mkdir(join(folder, "elsewhere"));
  await writeFile(join(folder, "elsewhere/a.png"), "out/a.png");
  await symlink(join(folder, "elsewhere"), join(data, "out"));
  const { left } = await quarantine(data, scan, false);
  expect(left).toEqual([expect.stringMatching(/^out\/a.png is a link to .*elsewhere, outside/)]);
  expect(await filesOf(join(folder, "elsewhere"))).toEqual(["a.png"]);
});

test("as a command: counts, and exit code 1 where images were left", async () => {
  const { folder } = await scanned(["cat/a.png", "dog/none.png"]);
  const outcome = await cli(folder, ["quarantine", "data", "--scan", "scan"]);
  expect(outcome).toMatchObject({
    exitCode: 1,
    stdout: "1 image moved into scan/quarantine; --undo brings it back\n",
  });
  expect(outcome.stderr).toContain("left: dog/none.png is not there\n");
  const undone = await cli(folder, ["quarantine", "data", "--scan", "scan", "--undo"]);
  expect(undone.stdout).toBe("1 image moved back into data\n");
  const other = quarantine(folder, join(folder, "scan"), false);
  await expect(other).rejects.toThrow("Of 2 flagged images none is in");
  const typed = await cli(folder, ["quarantine", "data", "--scan", "nowhere"]);
  expect(typed).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining("There is no nowhere/quarantine.jsonl"),
  });
});
