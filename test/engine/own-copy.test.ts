import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { fetchOwnCopy } from "../../src/engine/setup/fetch-own-copy.js";
import { silentReporter } from "../../src/reporter.js";
import { tarGz } from "../datasets/archive-server.js";
import { integrityOf, type OwnRegistry, startRegistry } from "./own-registry.js";

const packageName = "@tensorflow/tfjs-node-gpu";
const quiet = { reporter: silentReporter };
let registry: OwnRegistry;
let tarball: Buffer;

/** A package whose install script must not run. */
function packed(): Promise<Buffer> {
  const install = "node -e \"require('node:fs').writeFileSync('ran', '')\"";
  const content = JSON.stringify({ name: packageName, version: "4.22.0", scripts: { install } });
  return tarGz([{ name: "package/package.json", content: Buffer.from(content) }]);
}

beforeEach(async () => {
  tarball = await packed();
  registry = await startRegistry(packageName, "4.22.0", tarball);
  await mkdir(join(registry.folder, "description"));
});
afterEach(() => registry.close());

/** A package.json and a lock file that pins the hash of `bytes`. @returns their folder */
async function description(bytes: Buffer): Promise<string> {
  const dependencies = { [packageName]: "4.22.0" };
  const locked = { version: "4.22.0", integrity: integrityOf(bytes), hasInstallScript: true };
  const packages = { "": { dependencies }, [`node_modules/${packageName}`]: locked };
  const path = join(registry.folder, "description");
  await writeFile(join(path, "package.json"), JSON.stringify({ dependencies }));
  await writeFile(join(path, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages }));
  return path;
}

test("the package is fetched once, also by two at once, runs nothing, and lies in the user's data folder", async () => {
  // Packed a second time it might bear another date.
  const from = await description(tarball);
  const [packageDir, other] = await Promise.all([fetchOwnCopy(quiet, from), fetchOwnCopy(quiet, from)]);
  expect(other).toBe(packageDir);
  expect(registry.asked.filter((url) => url.endsWith(".tgz"))).toHaveLength(1);
  expect(packageDir.startsWith(join(registry.folder, "data", "poisonspot", "tfjs-node-gpu-4.22.0-"))).toBe(
    true,
  );
  expect(await readdir(packageDir)).toEqual(["package.json"]);
  const questions = registry.asked.length;
  expect(questions).toBeGreaterThan(0);
  expect(await fetchOwnCopy(quiet, from)).toBe(packageDir);
  expect(registry.asked).toHaveLength(questions);
});

test("a package with another hash than the pinned one is refused, and nothing is left", async () => {
  const from = await description(Buffer.from("what was there when the hash was pinned"));
  await expect(fetchOwnCopy(quiet, from)).rejects.toMatchObject({
    name: "RunError",
    message: expect.stringMatching(/npm could not fetch @tensorflow\/tfjs-node-gpu \(.*EINTEGRITY/),
  });
  expect(await readdir(join(registry.folder, "data", "poisonspot"))).toEqual([]);
});

test("what is fetched for an installed poisonspot is what a clone of it installs", async () => {
  const read = async (path: string) =>
    JSON.parse(await readFile(new URL(`../../${path}`, import.meta.url), "utf8"));
  const [own, clone] = [await read("native-engine/package-lock.json"), await read("package-lock.json")];
  const name = `node_modules/${packageName}`;
  expect(own.packages[name]).toMatchObject({ version: "4.22.0", integrity: clone.packages[name].integrity });
  for (const stand of ["tfjs", "tfjs-core"]) {
    const { version } = own.packages[stand];
    expect(clone.packages[`node_modules/@tensorflow/${stand}`].version).toBe(version);
    expect(existsSync(new URL(`../../native-engine/${stand}/index.js`, import.meta.url))).toBe(true);
  }
});
