import { symlink, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { silentReporter } from "../../../src/reporter.js";
import { announceData } from "../../../src/scan/announce-data.js";
import { contentOf, folderOf, grey, refusal, scanned } from "./inputs.js";

const twoClasses = { "cat/a.png": 10, "cat/b.png": 20, "dog/a.png": 30, "dog/b.png": 40 };

test("class folders beside another folder of trusted ones", async () => {
  const data = await folderOf(twoClasses);
  const trusted = await folderOf({ "dog/t.png": 50 });
  const found = await scanned(data, trusted);
  expect(contentOf(found)).toEqual({
    cat: [["cat/a.png=10", "cat/b.png=20"], []],
    dog: [["dog/a.png=30", "dog/b.png=40"], ["dog/t.png=50"]],
  });
  expect(found.fileOf(0)).toBe(join(data, "cat/a.png"));
  expect(found.fileOf(4)).toBe(join(trusted, "dog/t.png"));
});

test("of train beside val, train is read, and that is said", async () => {
  const data = await folderOf({ "train/a/1.png": 1, "train/b/2.png": 2, "val/a/3.png": 3 });
  const { lines, ...found } = await scanned(data, await folderOf({ "a/t.png": 5 }));
  expect(found.classes.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(lines).toContain(`${data} is divided: what is in train is read, what is beside it is not`);
});

test("of one class alone the folder that was meant is named, where there is one", async () => {
  const nested = await folderOf({ "x/y/a/1.png": 1, "x/y/b/2.png": 2 });
  const meant = `for each class, perhaps ${join(nested, "x/y")};`;
  await expect(scanned(nested)).rejects.toMatchObject({ hint: expect.stringContaining(meant) });
  for (const names of [["x/1.png"], ["x/y/1.png"], ["x/1.png", "x/y/2.png"]]) {
    const one = await folderOf(Object.fromEntries(names.map((name, level) => [name, level])));
    await expect(scanned(one)).rejects.toMatchObject({
      hint: expect.stringContaining("for each class; docs"),
    });
  }
});

test("suspects that are a trusted image, byte by byte or pixel by pixel, are not looked at", async () => {
  const data = await folderOf({ ...twoClasses, "dog/c.bmp": bitmap(50), "dog/d.png": 60 });
  const found = await scanned(data, await folderOf({ "dog/t.png": 50, "dog/u.png": 60 }));
  expect(Array.from(found.alsoTrusted, (row) => found.nameOf(row))).toEqual(["dog/c.bmp", "dog/d.png"]);
  expect(contentOf(found).dog[0]).toEqual(["dog/a.png=30", "dog/b.png=40"]);
});

/** 8x8 pixels of one grey. */
function bitmap(level: number): Buffer {
  const header = Buffer.alloc(54);
  header.write("BM");
  header.writeUInt32LE(54 + 192, 2);
  header.writeUInt32LE(54, 10);
  for (const [at, value] of Object.entries({ 14: 40, 18: 8, 22: 8, 26: 1, 28: 24 }))
    header.writeUInt16LE(value, Number(at));
  return Buffer.concat([header, Buffer.alloc(192, level)]);
}

test("a suspect that equals a trusted image of another class stays a suspect, and is named", async () => {
  const data = await folderOf({ ...twoClasses, "dog/copied\nfrom-cat.png": 50 });
  const found = await scanned(data, await folderOf({ "cat/t.png": 50 }));
  expect([...found.alsoTrusted]).toEqual([]);
  expect(found.contradicted.map(({ row, trusted }) => [row, trusted].map(found.nameOf))).toEqual([
    ["dog/copied\nfrom-cat.png", "cat/t.png"],
  ]);
  expect(contentOf(found).dog[0]).toContain("dog/copied\nfrom-cat.png=50");
  const warnings: string[] = [];
  announceData(found, { ...silentReporter, warn: (line) => void warnings.push(line) });
  expect(warnings).toEqual([
    "1 image equals a trusted one of another class: dog/copied\\u{a}from-cat.png (cat/t.png)",
    "no class has the 20 trusted images that it takes to look at it: the scan cannot find anything",
  ]);
});

test("images of many sizes are brought to the side that suits most; what is too narrow or would fill memory is refused", async () => {
  const data = await folderOf({
    ...Object.fromEntries(
      await Promise.all([60, 70, 64, 300].map(async (side, i) => [`a/${i}.png`, await grey(i, side)])),
    ),
    "b/1.png": await grey(9, 66),
  });
  const trusted = await folderOf({ "a/t.png": 50 });
  const found = await scanned(data, trusted, { size: null });
  expect([found.subject.images.pixels.height, found.subject.images.pixels.width]).toEqual([64, 64]);
  expect(contentOf(found).a[0]).toEqual(["a/0.png=0", "a/1.png=1", "a/2.png=2", "a/3.png=3"]);
  await writeFile(join(data, "b/huge.gif"), hugeGif);
  expect(await refusal(data, trusted)).toMatch(/huge.gif cannot be decoded \(.*pixel limit/);
  const skipped = await scanned(data, trusted, { skip: true });
  expect(contentOf(skipped).b[0]).toEqual(["b/1.png=9"]);
});

/** A GIF of 36 bytes that claims 65,535x65,535 pixels. */
const hugeGif = Buffer.from(
  "47494638396" + "1ffffffff800000000000ffffff2c00000000ffffffff0002024401003b",
  "hex",
);

test("hostile names are names: no formula, option, line end or mark changes what is read", async () => {
  const names = ["-rf.png", "=cmd|' !A1.png", "a\nb.png", "\u202egnp.exe.png", "ü😀.png"];
  const data = await folderOf({
    "cat/1.png": 1,
    ...Object.fromEntries(names.map((name, i) => [`dog/${name}`, 10 + i])),
  });
  const found = await scanned(data, await folderOf({ "cat/t.png": 9 }));
  const read = Array.from(found.classes[1].suspects, (row) => basename(found.nameOf(row)));
  expect(read.sort()).toEqual(names.sort());
});

test("a link out of the folder is refused, or skipped", async () => {
  const outside = await folderOf({ "x.png": 7 });
  const data = await folderOf(twoClasses);
  await symlink(join(outside, "x.png"), join(data, "dog/link.png"));
  const trusted = await folderOf({ "dog/t.png": 50 });
  expect(await refusal(data, trusted)).toMatch(/link.png is a link to .*, outside /);
  expect(contentOf(await scanned(data, trusted, { skip: true })).dog[0]).toHaveLength(2);
});

test("what cannot be scanned is said in one message", async () => {
  const trusted = await folderOf({ "dog/t.png": 50 });
  const data = await folderOf(twoClasses);
  expect(await refusal(join(data, "none"), trusted)).toMatch(/^There is no .*none\.$/);
  expect(await refusal(await folderOf({ "notes.txt": "x" }), trusted)).toMatch(/holds no images/);
  expect(await refusal(await folderOf({ "a.png": 1, "b.png": 2 }), trusted)).toMatch(/holds one class/);
  expect(await refusal(await folderOf({ "cat/a.png": 1 }), trusted)).toMatch(/holds one class/);
  expect(await refusal(data, await folderOf({ "bird/t.png": 1 }))).toMatch(
    /has classes that .* lacks: "bird"/,
  );
  expect(await refusal(data, join(data, "none"))).toMatch(/^There is no .*none, named by --trusted/);
  await writeFile(join(data, "cat/broken.png"), "\x89PNG\r\nno more");
  expect(await refusal(data, trusted)).toMatch(/broken.png (is no .*image|cannot be decoded)/);
});

test("trusted images within the data are asked for as a list", async () => {
  const data = await folderOf({ ...twoClasses, "trusted/dog/t.png": 50 });
  expect(await refusal(data, join(data, "trusted"))).toMatch(/1 image of .* is in the data as well/);
  const divided = await folderOf({ "train/a/1.png": 1, "train/b/2.png": 2, "val/a/3.png": 3 });
  expect(await refusal(divided, join(divided, "train"))).toMatch(/2 images of .* are in the data/);
  expect(contentOf(await scanned(divided, join(divided, "val")))).toEqual({
    a: [["train/a/1.png=1"], ["a/3.png=3"]],
    b: [["train/b/2.png=2"], []],
  });
});
