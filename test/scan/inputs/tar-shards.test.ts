import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import { expect, test } from "vitest";
import { contentOf, folderOf, grey, refusal, scanned } from "./inputs.js";

/** A tar with files: text, or for a number a PNG of that grey. */
async function tarOf(files: Record<string, string | number>): Promise<Buffer> {
  const tar = pack();
  for (const [name, content] of Object.entries(files))
    tar.entry({ name }, typeof content === "number" ? await grey(content) : content);
  tar.finalize();
  return buffer(tar);
}

const long = `${"very-long-name/".repeat(12)}ü`;

test("shards with .cls or .json; of shards named after parts those for training", async () => {
  const data = await folderOf({
    "train-0.tar": await tarOf({
      "000001.png": 10,
      "000001.cls": "cat\n",
      "000002.cls": "dog",
      "000002.png": 20,
      [`${long}.json`]: JSON.stringify({ label: "cat", source: "alice", trusted: true }),
      [`${long}.png`]: 30,
      "notes/readme.txt": "none",
    }),
    "train-1.tar": await tarOf({ "000001.png": 40, "000001.json": '{"label":"dog"}' }),
    "test-0.tar": await tarOf({ "1.png": 50, "1.cls": "cat" }),
  });
  const found = await scanned(data);
  expect(contentOf(found)).toEqual({
    cat: [["train-0.tar:000001.png=10"], [`train-0.tar:${long}.png=30`]],
    dog: [["train-0.tar:000002.png=20", "train-1.tar:000001.png=40"], []],
  });
  expect(found.supplierOf(3)).toBe("alice");
  expect(found.fileOf(0)).toBeUndefined();
  expect(found.lines).toContainEqual(expect.stringMatching(/1 files of other parts than train are not read/));
  const tested = contentOf(await scanned(join(data, "train-0.tar"), join(data, "test-0.tar")));
  expect(tested.cat[1]).toEqual([`train-0.tar:${long}.png=30`, "test-0.tar:1.png=50"]);
});

test("a damaged image is an error that names it, or is skipped", async () => {
  const files = { "1.png": 1, "1.cls": "0", "2.png": 2, "2.cls": "1", "3.png": "none", "3.cls": "1" };
  const data = await folderOf({ "a.tar": await tarOf(files), "list.txt": "a.tar:1.png" });
  expect(await refusal(data, join(data, "list.txt"))).toMatch(/a.tar:3.png is no JPEG/);
  const found = await scanned(data, join(data, "list.txt"), { skip: true });
  expect(contentOf(found)).toEqual({ 0: [[], ["a.tar:1.png=1"]], 1: [["a.tar:2.png=2"], []] });
});

test("what is no such shard is refused by name", async () => {
  const data = await folderOf({});
  const sound = await tarOf({ "1.png": 1, "1.cls": "0" });
  const link = pack();
  link.entry({ name: "1.png", type: "symlink", linkname: "/etc/passwd" });
  link.finalize();
  for (const [content, message] of [
    [await tarOf({ "../1.png": 1, "../1.cls": "0" }), /unsafe name: "..\/1.png"/],
    [await tarOf({ "/1.png": 1 }), /unsafe name: "\/1.png"/],
    [await tarOf({ "1.png": 1 }), /"a.tar:1.png" has no label/],
    [await tarOf({ "1.png": 1, "1.json": "{" }), /"1.json" is no JSON/],
    [await tarOf({ "1.png": 1, "1.json": '{"label":1,"trusted":"maybe"}' }), /neither true nor false/],
    [await tarOf({ "1.cls": "1" }), /no images in its 1 .tar files/],
    [Buffer.concat([sound.subarray(0, -1024), sound]), /holds "1.png" twice/],
    [await buffer(link), /holds a symlink named "1.png"/],
    [sound.subarray(0, 600), /a.tar cannot be read/],
    [Buffer.from("no tar".repeat(200)), /a.tar cannot be read/],
    [sound, /holds one class/],
  ] as const) {
    await writeFile(join(data, "a.tar"), content);
    expect(await refusal(data)).toMatch(message);
  }
});
