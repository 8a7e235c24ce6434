import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UserError } from "../../src/errors.js";
import { readJson, writeFileAtomic, writeJsonAtomic } from "../../src/files/atomic-file.js";
import { temporaryFolder } from "../store/temporary-folder.js";

test("writes all parts, into folders it makes, and leaves nothing else", async () => {
  const folder = join(await temporaryFolder(), "a", "b");
  const path = join(folder, "file.txt");
  await writeFileAtomic(path, "old");
  await writeFileAtomic(path, "one ", new TextEncoder().encode("two"));
  expect(await readFile(path, "utf8")).toBe("one two");
  expect(await readdir(folder)).toEqual(["file.txt"]);
});

test("a failed write removes its temporary file and keeps what was there", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "taken");
  await mkdir(path);
  await expect(writeFileAtomic(path, "text")).rejects.toThrow();
  expect(await readdir(folder)).toEqual(["taken"]);
});

test("JSON comes back; a damaged or missing file is named", async () => {
  const folder = await temporaryFolder();
  const path = join(folder, "value.json");
  const value = { text: "ß", list: [1, null, true] };
  await writeJsonAtomic(path, value);
  expect(await readJson(path)).toEqual(value);
  await writeFile(path, '{"cut": ');
  await expect(readJson(path)).rejects.toThrow(UserError);
  await expect(readJson(path)).rejects.toThrow(path);
  await expect(readJson(join(folder, "none.json"))).rejects.toThrow(/none\.json/);
});
