import { createHash } from "node:crypto";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { findDawn } from "../../src/engine/dawn.js";
import { dawnPin } from "../../src/engine/setup/dawn-files.js";
import { fetchDawn } from "../../src/engine/setup/fetch-dawn.js";
import { platformName } from "../../src/engine/setup/manifest.js";
import { setupWebgpu } from "../../src/engine/setup/setup-webgpu.js";
import { silentReporter } from "../../src/reporter.js";
import { tarGz } from "../datasets/archive-server.js";
import { integrityOf, type OwnRegistry, startRegistry } from "./own-registry.js";

const run = { reporter: silentReporter };
const library = Buffer.from("for this system");
const loads = "export const create = () => ({}), globals = {};";
let registry: OwnRegistry;
afterEach(() => registry.close());

/** The package "webgpu" on a registry of its own. @returns how set-up would know it */
async function packaged(index = loads) {
  const files = {
    "package.json": JSON.stringify({ name: "webgpu", version: "0.6.2", type: "module" }),
    "index.js": index,
    "LICENSE.md": "BSD",
    "build/build.js": "",
    "dist/here/dawn.node": library,
    "dist/elsewhere/dawn.node": Buffer.from("for another one"),
  };
  const entries = Object.entries(files).map(([name, content]) => {
    return { name: `package/${name}`, content: Buffer.from(content) };
  });
  const tarball = await tarGz(entries);
  registry = await startRegistry("webgpu", "0.6.2", tarball);
  const sha256 = createHash("sha256").update(library).digest("hex");
  const systems = { [platformName()]: { folder: "here", sha256 } };
  return { version: "0.6.2", integrity: integrityOf(tarball), systems };
}

function installed(): string | undefined {
  try {
    return dirname(createRequire(import.meta.url).resolve("webgpu/package.json"));
  } catch {
    return undefined;
  }
}

const copies = () => readdir(join(registry.folder, "data", "poisonspot"));

test("only what serves this system is kept, of two at once one fetches it, and what is damaged is fetched anew", async () => {
  const pin = await packaged();
  const [folder, other] = await Promise.all([fetchDawn(run, { pin }), fetchDawn(run, { pin })]);
  expect(other).toBe(folder);
  expect(await copies()).toEqual([`webgpu-0.6.2-${platformName()}`]);
  const kept = await readdir(folder, { recursive: true });
  expect(kept.filter((name) => name.includes(".")).sort()).toEqual(
    ["LICENSE.md", join("dist", "here", "dawn.node"), "index.js", "package.json"].sort(),
  );
  const downloads = () => registry.asked.filter((url) => url.endsWith(".tgz")).length;
  expect(downloads()).toBe(1);
  await writeFile(join(folder, "dist", "here", "dawn.node"), "for this systen");
  await fetchDawn(run, { pin });
  expect(await readFile(join(folder, "dist", "here", "dawn.node"))).toEqual(library);
  // The one that npm has installed goes first.
  expect(findDawn()?.folder).toBe(installed() ?? folder);
});

test("another package than the pinned one, and one that does not load, are refused, and nothing is left", async () => {
  const pin = await packaged('throw new Error("GLIBC_2.38 not found")');
  const other = { ...pin, integrity: dawnPin.integrity };
  await expect(fetchDawn(run, { pin: other })).rejects.toThrow("npm fetched another webgpu 0.6.2");
  await expect(fetchDawn(run, { pin })).rejects.toThrow(
    "The webgpu engine could not be set up: Dawn does not load here (Error: GLIBC_2.38 not found).",
  );
  expect(await copies()).toEqual([]);
  await expect(fetchDawn(run, { pin: { ...pin, systems: {} } })).rejects.toThrow("There is no Dawn for");
  await expect(setupWebgpu({ ...run, libtensorflow: "x" })).rejects.toThrow("--libtensorflow is for");
});
