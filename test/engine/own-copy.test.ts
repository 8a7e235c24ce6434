import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { fetchOwnCopy } from "../../src/engine/setup/fetch-own-copy.js";
import { silentReporter } from "../../src/reporter.js";
import { tarGz } from "../datasets/archive-server.js";

const packageName = "@tensorflow/tfjs-node-gpu";
const quiet = { reporter: silentReporter };
let folder: string;
let registry: Server;
let asked: string[];
let tarball: Buffer;

/** A package whose install script must not run. */
function packed(): Promise<Buffer> {
  const install = "node -e \"require('node:fs').writeFileSync('ran', '')\"";
  const content = JSON.stringify({ name: packageName, version: "4.22.0", scripts: { install } });
  return tarGz([{ name: "package/package.json", content: Buffer.from(content) }]);
}

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "poisonspot-own-copy-"));
  tarball = await packed();
  asked = [];
  registry = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (request.url?.endsWith(".tgz")) return void response.end(tarball);
    const dist = { tarball: `${address()}/package.tgz`, integrity: integrityOf(tarball) };
    const version = { name: packageName, version: "4.22.0", hasInstallScript: true, dist };
    response.end(JSON.stringify({ name: packageName, versions: { "4.22.0": version } }));
  });
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("XDG_DATA_HOME", join(folder, "data"));
  vi.stubEnv("npm_config_registry", address());
  vi.stubEnv("npm_config_cache", join(folder, "cache"));
  await mkdir(join(folder, "description"));
});
afterEach(async () => {
  vi.unstubAllEnvs();
  registry.close();
  registry.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
});

const address = () => `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
const integrityOf = (bytes: Buffer) => `sha512-${createHash("sha512").update(bytes).digest("base64")}`;

/** A package.json and a lock file that pins the hash of `bytes`. @returns their folder */
async function description(bytes: Buffer): Promise<string> {
  const dependencies = { [packageName]: "4.22.0" };
  const locked = { version: "4.22.0", integrity: integrityOf(bytes), hasInstallScript: true };
  const packages = { "": { dependencies }, [`node_modules/${packageName}`]: locked };
  const path = join(folder, "description");
  await writeFile(join(path, "package.json"), JSON.stringify({ dependencies }));
  await writeFile(join(path, "package-lock.json"), JSON.stringify({ lockfileVersion: 3, packages }));
  return path;
}

test("the package is fetched once, runs nothing, and lies in the user's data folder", async () => {
  // Packed a second time it might bear another date.
  const from = await description(tarball);
  const packageDir = await fetchOwnCopy(quiet, from);
  expect(packageDir.startsWith(join(folder, "data", "poisonspot", "tfjs-node-gpu-4.22.0-"))).toBe(true);
  expect(await readdir(packageDir)).toEqual(["package.json"]);
  const questions = asked.length;
  expect(questions).toBeGreaterThan(0);
  expect(await fetchOwnCopy(quiet, from)).toBe(packageDir);
  expect(asked).toHaveLength(questions);
});

test("a package with another hash than the pinned one is refused, and nothing is left", async () => {
  const from = await description(Buffer.from("what was there when the hash was pinned"));
  await expect(fetchOwnCopy(quiet, from)).rejects.toMatchObject({
    name: "RunError",
    message: expect.stringMatching(/npm could not fetch @tensorflow\/tfjs-node-gpu \(.*EINTEGRITY/),
  });
  expect(await readdir(join(folder, "data", "poisonspot"))).toEqual([]);
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
