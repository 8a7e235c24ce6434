import { readFile, writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import { artefactPaths } from "../../src/experiment/artefact-names.js";
import type { StageContext } from "../../src/experiment/context.js";
import { readExcluded, saveExcluded } from "../../src/experiment/excluded.js";
import { parseRunConfig } from "../../src/experiment/run-config.js";
import { temporaryFolder } from "../store/temporary-folder.js";

async function saved() {
  const config = parseRunConfig({ retrain: true, prov_path: await temporaryFolder() });
  const paths = artefactPaths(config);
  const train = { labels: new Int32Array(100) };
  // Reading and saving need no more of it.
  const context = { config, paths, dataset: { fingerprint: "ab12" }, poisoned: { train } } as unknown;
  await saveExcluded(context as StageContext, Int32Array.of(3, 5, 40), 0.5);
  const record = paths.indexesToExclude.replace(".npy", ".json");
  return { ids: paths.indexesToExclude, record, read: () => readExcluded(context as StageContext) };
}

test("another id, as possible as the right one, is noticed", async () => {
  const { ids, read } = await saved();
  expect([...(await read())]).toEqual([3, 5, 40]);
  const bytes = await readFile(ids);
  bytes[bytes.length - 4] ^= 1;
  await writeFile(ids, bytes);
  await expect(read()).rejects.toMatchObject({
    name: "UserError",
    message: `${ids} is damaged.`,
    hint: "Run --score_samples with the same settings again.",
  });
});

test("a record of before there was a hash is taken; one that is none is named", async () => {
  const { record, read } = await saved();
  const { sha256: _, ...old } = JSON.parse(await readFile(record, "utf8"));
  await writeFile(record, JSON.stringify(old));
  expect(await read()).toHaveLength(3);
  for (const text of ["null", "[]", '{"config":{}}']) {
    await writeFile(record, text);
    await expect(read()).rejects.toMatchObject({ name: "UserError", message: `${record} is damaged.` });
  }
});
