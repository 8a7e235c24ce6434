import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readIndexList, readIndexOrigin, writeIndexList } from "../../src/store/index-list.js";
import { temporaryFolder } from "./temporary-folder.js";

const origin = { settings: { lr: 0.1 }, inputs: { increments: "ab12" } };
const hint = "Make it again.";

async function saved() {
  const path = join(await temporaryFolder(), "excluded.npy");
  await writeIndexList(path, Int32Array.of(3, 5, 40), origin, { threshold: 0.5 });
  return { path, record: path.replace(".npy", ".json") };
}

test("a list comes back with its origin, and says so in its record", async () => {
  const { path, record } = await saved();
  expect(await readIndexList(path, hint)).toEqual({ ids: Int32Array.of(3, 5, 40), origin });
  expect(await readIndexOrigin(path)).toEqual(origin);
  expect(JSON.parse(await readFile(record, "utf8"))).toMatchObject({ count: 3, threshold: 0.5 });
});

test("another id, as possible as the right one, is noticed", async () => {
  const { path } = await saved();
  const bytes = await readFile(path);
  bytes[bytes.length - 4] ^= 1;
  await writeFile(path, bytes);
  const message = `${path} is damaged.`;
  await expect(readIndexList(path, hint)).rejects.toMatchObject({ name: "UserError", message, hint });
});

test("a record of before there was a hash is taken; one that is none is named", async () => {
  const { path, record } = await saved();
  const { sha256: _, inputs: __, ...old } = JSON.parse(await readFile(record, "utf8"));
  await writeFile(record, JSON.stringify({ ...old, dataset: "cd34" }));
  const { ids, origin: recorded } = await readIndexList(path, hint);
  expect(ids).toHaveLength(3);
  expect(recorded.inputs).toEqual({ dataset: "cd34" });
  for (const text of ["null", "[]", '{"config":{}}']) {
    await writeFile(record, text);
    const refused = readIndexList(path, hint);
    await expect(refused).rejects.toMatchObject({ name: "UserError", message: `${record} is damaged.` });
  }
});
