import { execFileSync } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { pack } from "tar-stream";
import { type Benchmark, rounded } from "./figure.js";

const count = 200_000;
const folders = 100;
/** Lists a data set, and looks at each file of it as reading them does at first; a process of its own, for its memory. */
const child = `
  const dist = (name) => import(new URL(name, "${new URL("../../dist/", import.meta.url)}"));
  const { listData } = await dist("scan/inputs/find-layout.js");
  const { statSources } = await dist("datasets/source-files.js");
  const { silentReporter } = await dist("reporter.js");
  const begin = performance.now();
  const run = { reporter: silentReporter, signal: new AbortController().signal, onBadImage: "error" };
  const { root, names, content } = await listData(process.argv[1], run);
  if (content.kind === "files") await statSources(root, names, 64e6);
  const seconds = (performance.now() - begin) / 1000;
  console.log(JSON.stringify({ images: names.length, seconds, bytes: process.resourceUsage().maxRSS * 1024 }));
`;

/** What a scan lists before it opens an image: time, and memory of the whole process. */
export const listing: Benchmark = async function* () {
  const folder = await mkdtemp(join(tmpdir(), "listing-"));
  try {
    const names = Array.from({ length: count }, (_, i) => `class-${i % folders}/image-${i}.png`);
    for (let i = 0; i < folders; i++) await mkdir(join(folder, "set", `class-${i}`), { recursive: true });
    for (const name of names) await writeFile(join(folder, "set", name), "tiny");
    yield* listed("class folders", join(folder, "set"));
    const list = ["file_name,source", ...names.map((name, i) => `${name},supplier ${i % 7}`), ""];
    await writeFile(join(folder, "set/list.csv"), list.join("\n"));
    yield* listed("metadata.csv", join(folder, "set/list.csv"));
    await writeShard(join(folder, "set.tar"), names);
    yield* listed("a WebDataset shard", join(folder, "set.tar"));
  } finally {
    await rm(folder, { recursive: true });
  }
};

function* listed(what: string, path: string) {
  const told = execFileSync(process.execPath, ["--input-type=module", "-e", child, path], {
    encoding: "utf8",
  });
  const { images, seconds, bytes } = JSON.parse(told);
  if (images !== count) throw new Error(`${what}: ${images} images, not ${count}.`);
  const name = `${count} images, ${what}`;
  yield { name: `${name}: time`, value: rounded(seconds), unit: "s", goal: "< 60 s" };
  yield { name: `${name}: memory of the process`, value: rounded(bytes / 1e6), unit: "MB", goal: "< 500 MB" };
}

async function writeShard(path: string, names: readonly string[]): Promise<void> {
  const tar = pack();
  const writing = pipeline(tar, createWriteStream(path));
  const add = (name: string, content: string) =>
    new Promise<void>((resolve, reject) =>
      tar.entry({ name }, content, (error) => (error ? reject(error) : resolve())),
    );
  for (const name of names) {
    await add(name, "tiny");
    await add(name.replace(/png$/, "cls"), name.slice(0, 8));
  }
  tar.finalize();
  await writing;
}
