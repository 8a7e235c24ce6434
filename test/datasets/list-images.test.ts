import { spawnSync } from "node:child_process";
import { mkdir, readFile, realpath, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { type ImageClass, listImages } from "../../src/datasets/list-images.js";
import { UserError } from "../../src/errors.js";
import { shownPath } from "../../src/files/shown-path.js";
import { withFolder } from "./cifar-files.js";

async function list(folder: string, below?: string): Promise<ImageClass[]> {
  const classes: ImageClass[] = [];
  for await (const one of listImages(await realpath(folder), below)) classes.push(one);
  return classes;
}

async function put(folder: string, ...files: readonly string[]): Promise<void> {
  for (const file of files) {
    await mkdir(path.dirname(path.join(folder, file)), { recursive: true });
    await writeFile(path.join(folder, file), "");
  }
}

test("classes by name, with all that lies below them; hidden files are no files", () =>
  withFolder(async (folder) => {
    await put(
      folder,
      "b/2.jpg",
      "b/10.PNG",
      "b/deep/er/x.bmp",
      "b/note.txt",
      "a/images/y.tif",
      "loose.gif",
      "Z/z.webp",
    );
    await put(folder, ".hidden/a.jpg", "a/.DS_Store", "b/._2.jpg", "__MACOSX/b/2.jpg", "empty/.keep");
    expect(await list(folder)).toEqual([
      { name: "", images: ["loose.gif"], others: [], bad: [] },
      { name: "Z", images: ["Z/z.webp"], others: [], bad: [] },
      { name: "a", images: ["a/images/y.tif"], others: [], bad: [] },
      { name: "b", images: ["b/10.PNG", "b/2.jpg", "b/deep/er/x.bmp"], others: ["b/note.txt"], bad: [] },
      { name: "empty", images: [], others: [], bad: [] },
    ]);
    expect((await list(folder, "b")).map(({ name, images }) => [name, images])).toEqual([
      ["", ["b/10.PNG", "b/2.jpg"]],
      ["deep", ["b/deep/er/x.bmp"]],
    ]);
  }));

describe("links", () => {
  test("to files and folders of the root are followed, a folder once", () =>
    withFolder(async (folder) => {
      const root = path.join(folder, "root");
      await put(root, "store/1.jpg", "store/2.jpg");
      await symlink("store", path.join(root, "again"));
      await symlink("store", path.join(root, "twice"));
      await mkdir(path.join(root, "c"));
      await symlink("../store/1.jpg", path.join(root, "c/one.png"));
      const [loose, ...classes] = await list(root);
      expect(classes.map(({ name, images }) => [name, images])).toEqual([
        ["again", ["again/1.jpg", "again/2.jpg"]],
        ["c", ["c/one.png"]],
        ["store", ["store/1.jpg", "store/2.jpg"]],
      ]);
      expect(loose.bad).toEqual([{ path: "twice", reason: "is a second link to one folder" }]);
    }));

  test("that lead out, to nothing, or in a circle are not", () =>
    withFolder(async (folder) => {
      const root = path.join(folder, "root");
      await put(root, "c/1.jpg", "c/d/2.jpg");
      await put(folder, "secret/s.jpg", "root-beside/s.jpg");
      await symlink("../../secret/s.jpg", path.join(root, "c/file.jpg"));
      await symlink(path.join(folder, "secret"), path.join(root, "c/folder"));
      await symlink("../../root-beside", path.join(root, "c/near"));
      await symlink("nowhere.jpg", path.join(root, "c/nothing.jpg"));
      await symlink("..", path.join(root, "c/d/up"));
      await symlink("self", path.join(root, "c/self"));
      const [, one] = await list(root);
      expect(one.images).toEqual(["c/1.jpg", "c/d/2.jpg"]);
      const real = await realpath(folder);
      expect(one.bad).toEqual([
        { path: "c/file.jpg", reason: `is a link to ${real}/secret/s.jpg, outside ${real}/root` },
        { path: "c/folder", reason: `is a link to ${real}/secret, outside ${real}/root` },
        { path: "c/near", reason: `is a link to ${real}/root-beside, outside ${real}/root` },
        { path: "c/nothing.jpg", reason: "is not there, or a link to nothing" },
        { path: "c/self", reason: "cannot be read (ELOOP)" },
        { path: "c/d/up", reason: "is a link to a folder that it lies in" },
      ]);
    }));
});

test("names may be hostile: they are kept as they are, and shown so that a terminal does not obey them", () =>
  withFolder(async (folder) => {
    const names = [
      "line\nend.jpg",
      "\u001b[31mred.jpg",
      "\u202egpj.exe.jpg",
      "ü 日本.jpg",
      "-rf.jpg",
      "a\\b.jpg",
    ];
    for (const name of names) await put(folder, `c/${name}`);
    const bytes = Buffer.from(`${folder}/c/\xff\xfe.jpg`, "latin1");
    await writeFile(bytes, "");
    const [, { images, bad }] = await list(folder);
    expect(new Set(images)).toEqual(new Set(names.map((name) => `c/${name}`)));
    expect(bad).toEqual([{ path: "c/ÿþ.jpg", reason: "has a name that is no UTF-8" }]);
    for (const image of images) await expect(readFile(path.join(folder, image), "utf8")).resolves.toBe("");
    expect(names.map(shownPath)).toEqual([
      "line\\u{a}end.jpg",
      "\\u{1b}[31mred.jpg",
      "\\u{202e}gpj.exe.jpg",
      "ü 日本.jpg",
      "-rf.jpg",
      "a\\b.jpg",
    ]);
  }));

test("what is neither file nor folder is named", () =>
  withFolder(async (folder) => {
    await put(folder, "c/1.jpg");
    expect(spawnSync("mkfifo", [path.join(folder, "c/pipe.jpg")]).status).toBe(0);
    await symlink("pipe.jpg", path.join(folder, "c/to-pipe.jpg"));
    expect((await list(folder))[1].bad).toEqual([
      { path: "c/pipe.jpg", reason: "is neither a file nor a folder" },
      { path: "c/to-pipe.jpg", reason: "is a link to what is neither a file nor a folder" },
    ]);
  }));

test("a folder that is not there is an error", () =>
  withFolder(async (folder) => {
    await expect(list(folder, "nowhere")).rejects.toThrow(UserError);
    await expect(list(folder, "nowhere")).rejects.toThrow("nowhere is not there");
  }));
