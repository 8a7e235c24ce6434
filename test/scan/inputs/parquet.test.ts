import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parquetWriteBuffer } from "hyparquet-writer";
import { expect, test } from "vitest";
import { contentOf, folderOf, grey, refusal, scanned } from "./inputs.js";

interface Rows {
  readonly image: readonly (Uint8Array | undefined)[];
  readonly label: readonly number[];
  readonly names?: readonly string[];
  readonly trusted?: readonly boolean[];
}

/** As Hugging Face's library writes images: a struct of bytes and path, class names in the file's record. */
function huggingFace({ image, label, names, trusted }: Rows): Uint8Array {
  const info = { features: { image: { _type: "Image" }, label: { _type: "ClassLabel", names } } };
  return new Uint8Array(
    parquetWriteBuffer({
      schema: [
        { name: "root", num_children: trusted ? 3 : 2 },
        { name: "image", num_children: 2, repetition_type: "OPTIONAL" },
        { name: "bytes", type: "BYTE_ARRAY", repetition_type: "OPTIONAL" },
        { name: "path", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
        { name: "label", type: "INT64", repetition_type: "OPTIONAL" },
        ...(trusted
          ? [{ name: "trusted", type: "BOOLEAN" as const, repetition_type: "OPTIONAL" as const }]
          : []),
      ],
      columnData: [
        { name: "image", data: image.map((bytes, i) => ({ bytes, path: `${i}.png` })) },
        { name: "label", data: label.map(BigInt) },
        ...(trusted ? [{ name: "trusted", data: [...trusted] }] : []),
      ],
      rowGroupSize: 2,
      ...(names && { kvMetadata: [{ key: "huggingface", value: JSON.stringify({ info }) }] }),
    }),
  );
}

test("images, class names and trusted rows of several files in data/, several row groups each", async () => {
  const names = ["zebra", "ant"];
  const first = [1, 2, 3, 4, 5].map((level) => grey(10 * level));
  const data = await folderOf({
    "data/train-00000-of-00002.parquet": huggingFace({
      image: await Promise.all(first),
      label: [0, 1, 0, 1, 1],
      names,
      trusted: [false, false, true, false, true],
    }),
    "data/train-00001-of-00002.parquet": huggingFace({ image: [await grey(60)], label: [1], names }),
    "data/test-00000-of-00001.parquet": huggingFace({ image: [await grey(70)], label: [0], names }),
  });
  const found = await scanned(data);
  const file = "data/train-00000-of-00002.parquet";
  expect(contentOf(found)).toEqual({
    ant: [[`${file}#1=20`, `${file}#3=40`, "data/train-00001-of-00002.parquet#0=60"], [`${file}#4=50`]],
    zebra: [[`${file}#0=10`], [`${file}#2=30`]],
  });
  expect(found.fileOf(0)).toBeUndefined();
  const alone = await scanned(join(data, file), join(data, "data/test-00000-of-00001.parquet"));
  expect(contentOf(alone).zebra[1]).toEqual([`${file.slice(5)}#2=30`, "test-00000-of-00001.parquet#0=70"]);
});

test("plain columns of bytes, without a record of class names", async () => {
  const plain = parquetWriteBuffer({
    columnData: [
      { name: "img", data: [await grey(1), await grey(2)], type: "BYTE_ARRAY" },
      { name: "fine_label", data: ["b", "a"] },
    ],
  });
  const data = await folderOf({ "x.parquet": new Uint8Array(plain), "list.txt": "1" });
  expect(contentOf(await scanned(data, join(data, "list.txt")))).toEqual({
    a: [[], ["x.parquet#1=2"]],
    b: [["x.parquet#0=1"], []],
  });
});

test("what cannot be used is refused by name", async () => {
  const data = await folderOf({ "list.txt": "0" });
  const image = [await grey(1), await grey(2)];
  const sound = huggingFace({ image, label: [0, 1], names: ["a", "b"] });
  const damaged = sound.slice();
  damaged.fill(255, 4, 60);
  for (const [content, message] of [
    [huggingFace({ image, label: [0, -1], names: ["a", "b"] }), /row 1 has label -1, not 0 to 1/],
    [huggingFace({ image: [image[0], undefined], label: [0, 1] }), /a.parquet#1 is no JPEG/],
    [
      new Uint8Array(parquetWriteBuffer({ columnData: [{ name: "text", data: ["x"] }] })),
      /no column of labels, but text/,
    ],
    [sound.subarray(0, 200), /a.parquet cannot be read/],
    [Buffer.from("PAR1"), /a.parquet cannot be read/],
    [damaged, /a.parquet/],
  ] as const) {
    await writeFile(join(data, "a.parquet"), content);
    expect(await refusal(data, join(data, "list.txt"))).toMatch(message);
  }
});

const zstdFile = new URL("../../fixtures/zstd.parquet", import.meta.url);

test("pages compressed by Zstandard, as pyarrow writes them", async () => {
  const data = await folderOf({ "a.parquet": await readFile(zstdFile), "list.txt": "1" });
  expect(contentOf(await scanned(data, join(data, "list.txt")))).toEqual({
    cat: [["a.parquet#0=30"], []],
    dog: [[], ["a.parquet#1=60"]],
  });
});

test("a Zstandard frame gets no more memory than its page says", async () => {
  /** A frame that repeats a byte 131,072 times a block. */
  const bomb = (header: readonly number[], blocks: number) => {
    const block = (_: unknown, i: number) => [i === blocks - 1 ? 3 : 2, 0, 16, 65];
    return Uint8Array.from([
      0x28,
      0xb5,
      0x2f,
      0xfd,
      ...header,
      ...Array.from({ length: blocks }, block).flat(),
    ]);
  };
  const claims16TB = [0xe0, 0, 0, 0, 0, 0, 16, 0, 0];
  const claimsNothing = [0, 0x38];
  const written = (frame: Uint8Array) =>
    new Uint8Array(
      parquetWriteBuffer({
        columnData: [
          { name: "image", data: [new Uint8Array(40), new Uint8Array(40)], type: "BYTE_ARRAY" },
          { name: "label", data: ["a", "b"] },
        ],
        codec: "ZSTD",
        compressors: { ZSTD: () => frame },
      }),
    );
  const before = process.memoryUsage().rss;
  for (const frame of [
    bomb(claims16TB, 1),
    bomb(claimsNothing, 8000),
    Uint8Array.from([1, 2, 3]),
    new Uint8Array(),
  ]) {
    const data = await folderOf({ "a.parquet": written(frame), "list.txt": "0" });
    expect(await refusal(data, join(data, "list.txt"))).toMatch(
      /a.parquet cannot be read: a page of \d+ bytes/,
    );
  }
  expect(process.memoryUsage().rss - before).toBeLessThan(200e6);
});
