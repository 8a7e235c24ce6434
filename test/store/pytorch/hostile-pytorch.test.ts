import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { UserError } from "../../../src/errors.js";
import { createRng } from "../../../src/random/rng.js";
import { type PytorchState, readPytorch } from "../../../src/store/pytorch/read-pytorch.js";
import { temporaryFolder } from "../temporary-folder.js";
import {
  dictionary,
  legacyFile,
  pickle,
  sixNumbers,
  storage,
  tensor,
  text,
  tuple,
  whole,
  zipFile,
} from "./hand-made.js";

const fixture = (name: string) => readFile(new URL(`../../fixtures/pytorch/${name}`, import.meta.url));
const state = (parts?: Parameters<typeof tensor>[0]) => dictionary({ a: tensor(parts) });
const axes = (...sizes: (number | bigint)[]) => tuple(...sizes.map(whole));

/** Reads these bytes; anything but a result or the one kind of error allowed fails the test. */
async function outcome(bytes: Uint8Array, path: string): Promise<PytorchState | UserError> {
  await writeFile(path, bytes);
  return readPytorch(path).catch((error: unknown) => {
    if (error instanceof UserError) return error;
    throw error;
  });
}

test("the hand-made files are good ones", async () => {
  const path = join(await temporaryFolder(), "good.pth");
  for (const bytes of [zipFile(state()), legacyFile(state())]) {
    const read = await outcome(bytes, path);
    expect("state" in read && read.state.get("a")?.data).toEqual(Float32Array.of(0, 1, 2, 3, 4, 5));
  }
});

const manyAliases = `}(${text("base")}${storage({})}q\x00${Array.from(
  { length: 9_000 },
  (_, i) => text(`a${i}`) + tensor({ storage: "h\x00", shape: axes(1000), strides: axes(0) }),
).join("")}u`;

const values: Record<string, [string, string]> = {
  "a storage longer than the file": [state({ count: 2n ** 28n }), "storage of"],
  "a storage beyond any memory": [state({ count: 2n ** 52n }), "larger than 2 GiB"],
  "a storage shorter than it is": [
    state({ count: 5, shape: axes(5), strides: axes(1) }),
    "storage of|larger than 20",
  ],
  "a storage of negative length": [state({ count: -6 }), "no whole number"],
  "a storage of another type": [state({ type: "DoubleStorage" }), "storage of|48 bytes expected"],
  "a storage that is not there": [state({ key: "1" }), "refers to|lacks"],
  "a storage outside of the archive": [state({ key: "../../../etc/passwd" }), "refers to|lacks"],
  "a view of a storage": [state({ view: tuple(text("1"), whole(0), whole(6)) }), "view of another storage"],
  "a shape beyond the storage": [state({ shape: axes(2, 4) }), "ends at element 6"],
  "an axis beyond the storage": [state({ shape: axes(1_000_000, 1_000_000) }), "ends at element"],
  "an axis beyond any memory": [state({ shape: axes(2n ** 52n, 1) }), "a tensor"],
  "sizes whose product is no number": [
    state({ shape: axes(0, ...Array(31).fill(2n ** 52n)), strides: axes(...Array(32).fill(0)) }),
    "a tensor",
  ],
  "a stride beyond the storage": [state({ strides: axes(4, 1) }), "ends at element 6"],
  "strides beyond any number": [state({ strides: axes(2n ** 52n, 2n ** 52n) }), "ends at element"],
  "a negative stride": [state({ strides: axes(-1, 1) }), "no whole number"],
  "an offset beyond the storage": [state({ offset: whole(1) }), "ends at element 6"],
  "a negative offset": [state({ offset: whole(-1) }), "no whole number"],
  "a fractional offset": [state({ offset: "G\x3f\xe0\0\0\0\0\0\0" }), "no whole number"],
  "more strides than axes": [state({ shape: axes(6) }), "2 strides"],
  "more axes than any tensor has": [
    state({ shape: axes(...Array(33).fill(1)), strides: axes(...Array(33).fill(1)) }),
    "without a shape",
  ],
  "a shape that is text": [state({ shape: text("23") }), "without a shape"],
  "one number repeated beyond any memory": [
    state({ shape: axes(2 ** 30, 2 ** 30), strides: axes(0, 0) }),
    "its tensors have 11529215046068\\d+ elements",
  ],
  "one number repeated under many names": [manyAliases, "9000000 elements"],
  "a tensor of what is no storage": [state({ storage: text("storage") }), "without its storage"],
  "a reference to a module": [dictionary({ a: `${tuple(text("module"), text("a"))}Q` }), "no storage"],
  "a reference to nothing": [dictionary({ a: "NQ" }), "name is missing"],
  "a storage class called": [dictionary({ a: "ctorch\nFloatStorage\n)R" }), "cannot be called"],
  "a tensor given a state": [dictionary({ a: `${tensor()}}b` }), "a state is given"],
  "a dictionary of no pairs": ["ccollections\nOrderedDict\n(K\x01tR", "no pairs"],
  "a list made a dictionary over and over": [
    `](${"K\x01K\x02\x86".repeat(2000)}eq\x01ccollections\nOrderedDict\nq\x020${"h\x02h\x01\x85R0".repeat(20_000)}}`,
    "over and over",
  ],
  "no dictionary": [tensor(), "no dictionary"],
  "an opcode of classes": [dictionary({ a: "(ios\nsystem\n" }), "opcode"],
};

describe.each([
  ["zip", zipFile],
  ["old", (opcodes: string) => legacyFile(opcodes)],
])("in the %s format", (_, file) => {
  test.each(Object.entries(values))("refuses %s", async (_, [opcodes, reason]) => {
    const path = join(await temporaryFolder(), "hostile.pth");
    const started = performance.now();
    const error = await outcome(file(opcodes), path);
    expect(error).toBeInstanceOf(UserError);
    expect(String(error)).toContain(`${path} is not a readable PyTorch file: `);
    expect(String(error)).toMatch(new RegExp(reason));
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test.each([
    ["builtins.eval", `cbuiltins\neval\n${tuple(text("1"))}R`],
    ["torch.load", `ctorch\nload\n${tuple(text("x"))}R`],
    ["torch.storage._load_from_bytes", `ctorch.storage\n_load_from_bytes\n${tuple(text("x"))}R`],
    ["torch._utils._rebuild_sparse_tensor", "ctorch._utils\n_rebuild_sparse_tensor\n)R"],
  ])("refuses %s by name", async (name, opcodes) => {
    const error = await outcome(
      file(dictionary({ a: opcodes })),
      join(await temporaryFolder(), "hostile.pth"),
    );
    expect(String(error)).toContain(`it asks for "${name}"`);
  });

  test("names cannot write on the terminal", async () => {
    const path = join(await temporaryFolder(), "hostile.pth");
    for (const opcodes of [
      "cos\x1b[2J\x9b1m\nsystem\n)R",
      state({ key: "\x1b[2J" }),
      dictionary({ "\x1b[2J": "N" }),
    ]) {
      const error = await outcome(file(opcodes), path);
      expect(error).toBeInstanceOf(UserError);
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
      expect(String(error)).not.toMatch(/[\x00-\x1f\x7f-\x9f]/);
    }
  });
});

describe("archives", () => {
  const big = Buffer.alloc(33_000_000);
  const archives: Record<string, [() => Buffer, string]> = {
    "a compressed member": [() => zipFile(state(), {}, 9), "compressed"],
    "a zip bomb": [() => zipFile(state(), { "a/data.pkl": big.subarray(0, 3_000_000) }, 9), "compressed"],
    "a pickle beyond any model": [() => zipFile(state(), { "a/data.pkl": big }), "larger than"],
    "a storage longer than said": [
      () => zipFile(state(), { "a/data/0": big.subarray(0, 28) }),
      "larger than 24",
    ],
    "a member outside of the folder": [
      () => zipFile(state(), { "../evil": sixNumbers }),
      "outside of its folder",
    ],
    "an absolute member": [() => zipFile(state(), { "/etc/evil": sixNumbers }), "outside of its folder"],
    "big-endian numbers": [() => zipFile(state(), { "a/byteorder": Buffer.from("big") }), "big-endian"],
    "a member twice": [
      () => renamed(zipFile(state(), { "a/data/1": sixNumbers }), "a/data/1", "a/data/0"),
      "twice",
    ],
    "no pickle": [() => renamed(zipFile(state()), "a/data.pkl", "a/data.txt"), "lacks"],
    "members that overlap": [() => claiming(zipFile(state()), 2000), "overlap"],
    "a member where none is": [() => misplaced(zipFile(state())), "damaged at"],
    "another format in a zip archive": [() => zipFile(state()).subarray(0, 100), "complete zip archive"],
  };
  test.each(Object.entries(archives))("refuses %s", async (_, [make, reason]) => {
    const path = join(await temporaryFolder(), "hostile.pth");
    const bytes = make();
    const started = performance.now();
    expect(String(await outcome(bytes, path))).toMatch(
      new RegExp(`^UserError: ${path} is not .*: .*${reason}`),
    );
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  test("other files, and no file", async () => {
    const folder = await temporaryFolder();
    const path = join(folder, "other.pth");
    for (const bytes of ["", "PK", "\x1f\x8b\x08", "<!DOCTYPE html>"])
      expect(String(await outcome(Buffer.from(bytes, "latin1"), path))).toContain(
        "other.pth is no checkpoint but",
      );
    expect(String(await outcome(pickle("N"), path))).toContain("it holds no dictionary");
    await expect(readPytorch(folder)).rejects.toThrow(UserError);
    await expect(readPytorch(join(folder, "none.pth"))).rejects.toThrow("There is no");
  });

  test("a sparse file beyond memory", async () => {
    const path = join(await temporaryFolder(), "sparse.pth");
    await writeFile(path, legacyFile(state()));
    await truncate(path, 2 ** 40);
    await expect(readPytorch(path)).rejects.toThrow("larger than 2 GiB");
    await writeFile(path, zipFile(state()));
    await truncate(path, 2 ** 40);
    await expect(readPytorch(path)).rejects.toThrow("complete zip archive");
  });

  test("an integer that float32 cannot hold", async () => {
    const opcodes = state({ type: "LongStorage", count: 3, shape: axes(3), strides: axes(1) });
    const path = join(await temporaryFolder(), "integers.pth");
    expect(String(await outcome(zipFile(opcodes), path))).toContain(
      '"a" holds 4629700418010611712, which float32',
    );
  });

  test("the storages of the old format must be those its pickle names", async () => {
    const path = join(await temporaryFolder(), "hostile.pth");
    const reasons = {
      "nothing refers to": legacyFile(state(), { keys: `](${text("9")}e` }),
      "7 elements, not 6": legacyFile(state(), { count: 7n }),
      "18446744073709552000 elements": legacyFile(state(), { count: 2n ** 64n - 1n }),
      "is not there": legacyFile(state(), { keys: "]" }),
      "no list of storages": legacyFile(state(), { keys: "N" }),
      "24 bytes expected": legacyFile(state(), { data: sixNumbers.subarray(1) }),
    };
    for (const [reason, bytes] of Object.entries(reasons)) {
      expect(String(await outcome(bytes, path))).toContain(reason);
    }
  });
});

describe("damage", () => {
  test.each(["tiny_cnn.pth", "views_legacy.pth"])("%s cut anywhere is refused", async (name) => {
    const bytes = await fixture(name);
    const path = join(await temporaryFolder(), "cut.pth");
    for (let length = 0; length < bytes.length; length += length < 200 ? 7 : 61) {
      expect(await outcome(bytes.subarray(0, length), path)).toBeInstanceOf(UserError);
    }
  });

  test.each(["views.pth", "views_legacy.pth", "checkpoint.pth", "dtypes_protocol4.pt"])(
    "%s with changed bytes gives a state or the one kind of error, soon",
    async (name) => {
      const bytes = await fixture(name);
      const path = join(await temporaryFolder(), "changed.pth");
      const rng = createRng(`test/pytorch/${name}`);
      const started = performance.now();
      for (let trial = 0; trial < 100; trial++) {
        const changed = Uint8Array.from(bytes);
        for (let n = 0; n <= rng.int(3); n++) changed[rng.int(bytes.length)] = rng.int(256);
        await outcome(changed, path);
      }
      expect(performance.now() - started).toBeLessThan(20_000);
    },
  );
});

/** Gives every entry of the archive's list the name `to` that has the name `from`. */
function renamed(archive: Buffer, from: string, to: string): Buffer {
  const changed = Buffer.from(archive);
  changed.write(to, changed.lastIndexOf(from), "latin1");
  return changed;
}

/** Has the first entry of the archive's list point to where no member begins. */
function misplaced(archive: Buffer): Buffer {
  const changed = Buffer.from(archive);
  changed.writeUInt32LE(5, changed.indexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02])) + 42);
  return changed;
}

/** Has the last entry of the archive's list claim a length. */
function claiming(archive: Buffer, length: number): Buffer {
  const changed = Buffer.from(archive);
  const entry = changed.lastIndexOf(Buffer.from([0x50, 0x4b, 0x01, 0x02]));
  changed.writeUInt32LE(length, entry + 20);
  changed.writeUInt32LE(length, entry + 24);
  return changed;
}
