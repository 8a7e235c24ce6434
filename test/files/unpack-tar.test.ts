import { existsSync } from "node:fs";
import { readdir, readFile, readlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { safePath } from "../../src/files/safe-path.js";
import { unpackTar, unpackTarFolder } from "../../src/files/unpack-tar.js";
import { createRng } from "../../src/random/rng.js";
import { type Entry, tarGz } from "../datasets/archive-server.js";
import { withFolder } from "../datasets/cifar-files.js";
import { temporaryFolder } from "../store/temporary-folder.js";

test("safePath keeps names inside the folder", () => {
  expect(safePath("/root", "lib/a.so")).toBe("/root/lib/a.so");
  for (const name of ["", "/a", "..", "a/../b", "./a", "C:/a", "a\\b", "a\0b"]) {
    expect(() => safePath("/root", name), JSON.stringify(name)).toThrow("unsafe name");
  }
});

describe("entries to chosen places", () => {
  const link = (name: string, linkname: string): Entry => ({ name, type: "symlink", linkname });

  async function unpack(entries: readonly Entry[], maxBytes = 20_000): Promise<string> {
    const folder = await temporaryFolder();
    const archive = path.join(folder, "archive.tar.gz");
    await writeFile(archive, await tarGz(entries));
    const target = path.join(folder, "target");
    const placeOf = ({ name }: { name: string }) => (name === "left-out" ? undefined : name);
    await unpackTar(archive, target, placeOf, { maxBytes }).catch(async (error: unknown) => {
      expect(await readdir(folder)).not.toContain("evil");
      throw error;
    });
    return target;
  }

  test("files, and links within a folder", async () => {
    const library = { name: "lib/a.so.2.9.1", content: Buffer.from("library") };
    const target = await unpack([library, link("lib/a.so.2", "a.so.2.9.1"), { name: "left-out" }]);
    expect(await readdir(target, { recursive: true })).toEqual(["lib", "lib/a.so.2", "lib/a.so.2.9.1"]);
    expect(await readlink(path.join(target, "lib/a.so.2"))).toBe("a.so.2.9.1");
    expect(await readFile(path.join(target, "lib/a.so.2"), "utf8")).toBe("library");
  });

  test.each<[string, readonly Entry[], string]>([
    ["a name that leads out", [{ name: "../evil" }], "unsafe name"],
    ["a link that leads out", [link("a", "/etc/passwd")], "link out of its folder"],
    ["a link to the folder above", [link("a", "..")], "link out of its folder"],
    ["a file in the place of a link", [link("a", "evil"), { name: "a" }], "twice"],
    ["a hard link", [{ name: "a", type: "link", linkname: "/etc/passwd" }], "holds a link named a"],
    ["too much", [{ name: "a", content: new Uint8Array(20_000) }], "more than 20000 bytes"],
  ])("%s is refused", async (_, entries, message) => {
    await expect(unpack(entries)).rejects.toThrow(message);
  });
});

describe("a folder of named files", () => {
  const options = { folder: "set", files: ["a.bin", "b.bin"], ignored: ["readme"], maxBytes: 20_000 };
  const a = { name: "set/a.bin", content: Buffer.from("first") };
  const b = { name: "set/b.bin", content: Buffer.from("second") };

  async function unpackEntries(folder: string, entries: readonly Entry[]): Promise<void> {
    const file = path.join(folder, "archive.tar.gz");
    await writeFile(file, await tarGz(entries));
    await unpackTarFolder(file, folder, options);
  }

  test.each<[string, readonly Entry[], string]>([
    ["a path that leads elsewhere", [a, b, { name: "../evil" }], 'unexpected file "../evil"'],
    ["one hidden in the folder", [a, b, { name: "set/../../evil" }], 'unexpected file "set/../../evil"'],
    ["an absolute path", [a, b, { name: "/tmp/evil" }], 'unexpected file "/tmp/evil"'],
    ["another file", [a, { name: "set/c.bin" }, b], 'unexpected file "set/c.bin"'],
    [
      "a symbolic link",
      [{ name: "set/a.bin", type: "symlink", linkname: "/etc/passwd" }, b],
      "unexpected symlink",
    ],
    ["a hard link", [{ name: "set/a.bin", type: "link", linkname: "/etc/passwd" }, b], "unexpected link"],
    ["another folder", [{ name: "other/", type: "directory" }, a, b], "unexpected directory"],
    ["a file twice", [a, b, a], 'holds "a.bin" twice'],
    ["too few files", [a], "lacks b.bin"],
    ["too much", [a, { name: "set/b.bin", content: new Uint8Array(20_000) }], "more than 20000 bytes"],
  ])("refuses %s and leaves nothing", (_, entries, message) =>
    withFolder(async (folder) => {
      await expect(unpackEntries(folder, entries)).rejects.toThrow(message);
      expect(await readdir(folder)).toEqual(["archive.tar.gz"]);
      expect(existsSync(path.join(folder, "../evil"))).toBe(false);
    }),
  );

  test("a size that cannot be read is refused, not waited for", () =>
    withFolder(async (folder) => {
      const raw = gunzipSync(await tarGz([a, b]));
      const header = raw.subarray(0, 512);
      // The first bit says that a binary number follows; the next ones say of which kind, and of none known.
      header[124] = 0xb0;
      header.fill(" ", 148, 156);
      const sum = header.reduce((total, byte) => total + byte, 0);
      header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
      const file = path.join(folder, "archive.tar.gz");
      await writeFile(file, gzipSync(raw));
      await expect(unpackTarFolder(file, folder, options)).rejects.toThrow(
        'does not say how long "set/a.bin" is',
      );
      expect(await readdir(folder)).toEqual(["archive.tar.gz"]);
    }));

  test("takes the files asked for and no others", () =>
    withFolder(async (folder) => {
      await unpackEntries(folder, [{ name: "set/", type: "directory" }, b, { name: "set/readme" }, a]);
      expect((await readdir(path.join(folder, "set"))).sort()).toEqual(["a.bin", "b.bin"]);
      expect(await readFile(path.join(folder, "set/b.bin"), "utf8")).toBe("second");
    }));

  test.each([0, 100, 700, 1500])("an archive damaged at byte %d, or cut there, leaves nothing", (position) =>
    withFolder(async (folder) => {
      const noise = Buffer.from(Uint8Array.from({ length: 300 }, () => createRng("damage").int(256)));
      const whole = await tarGz([a, b]);
      const file = path.join(folder, "archive.tar.gz");
      const [head, tail] = [whole.subarray(0, position), whole.subarray(position + noise.length)];
      for (const bytes of [head, Buffer.concat([head, noise, tail])]) {
        await writeFile(file, bytes);
        await expect(unpackTarFolder(file, folder, options)).rejects.toThrow();
        expect(await readdir(folder)).toEqual(["archive.tar.gz"]);
      }
    }),
  );
});
