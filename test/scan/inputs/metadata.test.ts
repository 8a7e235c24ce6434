import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { contentOf, folderOf, refusal, scanned } from "./inputs.js";

const images = { "a.png": 10, "in/b.png": 20, "c.png": 30, "d.png": 40, "e.png": 50 };
const csv = `file_name,label,source,trusted,split
a.png,cat,alice,,train
in/b.png,dog,bob,0,
"c.png",cat,,true,train
d.png,dog,alice,False,test
`;

test("a list with sources, trusted images and splits; without --trusted", async () => {
  const found = await scanned(await folderOf({ ...images, "metadata.csv": csv }));
  expect(contentOf(found)).toEqual({ cat: [["a.png=10"], ["c.png=30"]], dog: [["in/b.png=20"], []] });
  expect([0, 1, 2].map(found.supplierOf)).toEqual(["alice", "bob", undefined]);
  expect(found.lines).toContainEqual(
    expect.stringMatching(/1 images of other splits than train are not read$/),
  );
});

test("the same as JSON lines, named itself; labels that are numbers come in their order", async () => {
  const lines = ["a.png 2", "in/b.png 10", "c.png 2", "d.png 1"].map((line) => {
    const [file, label] = line.split(" ");
    return JSON.stringify({ file_name: file, label: Number(label), trusted: file === "c.png" });
  });
  const data = await folderOf({ ...images, "list.jsonl": `${lines.join("\n")}\n` });
  const found = await scanned(join(data, "list.jsonl"));
  expect(found.classes.map(({ name }) => name)).toEqual(["1", "2", "10"]);
  expect(contentOf(found)).toEqual({
    1: [["d.png=40"], []],
    2: [["a.png=10"], ["c.png=30"]],
    10: [["in/b.png=20"], []],
  });
});

test("without labels the first folder of a path is the class; the list may lie in train", async () => {
  const data = await folderOf({
    "train/cat/a.png": 1,
    "train/dog/b.png": 2,
    "train/metadata.csv": "file_name,trusted\ncat/a.png,1\ndog/b.png,\n",
  });
  expect(contentOf(await scanned(data))).toEqual({
    cat: [[], ["train/cat/a.png=1"]],
    dog: [["train/dog/b.png=2"], []],
  });
});

test("--trusted may be a list of names, of numbers or a table", async () => {
  const data = await folderOf({ "cat/a.png": 10, "cat/b\nc.png": 20, "dog/d.png": 30, "dog/e.png": 40 });
  const expected = {
    cat: [["cat/a.png=10"], ["cat/b\nc.png=20"]],
    dog: [["dog/e.png=40"], ["dog/d.png=30"]],
  };
  const folder = await folderOf({
    "names.txt": `"cat/b\\nc.png"\n./dog/d.png\n`,
    "numbers.txt": "1\r\n2\r\n",
    "table.csv": 'file_name,trusted\n"cat/b\nc.png",yes\ncat/a.png,no\ndog/d.png,\n',
    "wrong.txt": "cat/a.png\ncat/none.png\n../x.png\n",
    "empty.txt": "\n",
  });
  for (const name of ["names.txt", "numbers.txt", "table.csv"])
    expect(contentOf(await scanned(data, join(folder, name)))).toEqual(expected);
  expect(await refusal(data, join(folder, "wrong.txt"))).toMatch(
    /names 2 images that the data lacks, such as cat\/none.png/,
  );
  expect(await refusal(data, join(folder, "empty.txt"))).toMatch(/empty.txt names no image/);
});

test("a list that cannot be used is refused with its row", async () => {
  const data = await folderOf(images);
  for (const [list, message] of [
    ["file_name,label\n../a.png,cat\n", /row 1: .*unsafe name: "..\/a.png"/],
    ["file_name,label\n/etc/passwd,cat\n", /row 1: .*unsafe name: "\/etc\/passwd"/],
    ["file_name,label\na.png,cat\na.png,dog\n", /row 2: "a.png" stands there twice/],
    ["file_name,label\na.png,\n", /row 1: "a.png" has no label/],
    ["file_name\na.png\n", /row 1: "a.png" has no label/],
    ["file_name,label,trusted\na.png,cat,perhaps\n", /row 1: "perhaps" is neither true nor false/],
    ["file_name,label\na.png\n", /row 1 has 1 cells, not 2/],
    ["name;label\na.png;cat\n", /metadata.csv has no column file_name, but "name;label"/],
    ["", /metadata.csv has no column file_name\./],
    ["file_name\n", /lists no images/],
    ["file_name,label,split\na.png,cat,val\n", /no images whose split is train/],
    ["file_name,label,trusted\na.png,cat,1\nnone.png,dog,0\n", /none.png is not there/],
    ["file_name,label,trusted\na.png,cat,1\nc.png,cat,0\n", /holds one class/],
  ] as const) {
    await writeFile(join(data, "metadata.csv"), list);
    expect(await refusal(data)).toMatch(message);
  }
  await writeFile(join(data, "list.jsonl"), '{"file_name":"a.png","label":1}\n[1\n');
  expect(await refusal(join(data, "list.jsonl"))).toMatch(/row 2 is no JSON object/);
  await writeFile(join(data, "all.tar.gz"), "");
  expect(await refusal(join(data, "all.tar.gz"))).toMatch(/all.tar.gz is packed/);
});
