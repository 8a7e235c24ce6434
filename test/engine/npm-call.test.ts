import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { npmCall } from "../../src/engine/setup/npm-call.js";
import { runCommand } from "../../src/engine/setup/run-command.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "poisonspot-npm-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A file there, with folders. */
async function file(...path: string[]): Promise<string> {
  const place = join(folder, ...path);
  await mkdir(dirname(place), { recursive: true });
  await writeFile(place, "");
  return place;
}

test("the npm of this machine is run by this Node, without a shell", async () => {
  const call = npmCall();
  if (call === undefined) throw new Error("npm runs this test.");
  const { ok, lines } = await runCommand(call.program, [...call.args, "--version"]);
  expect([ok, lines.length]).toEqual([true, 1]);
  expect(lines[0]).toMatch(/^\d+\.\d+\.\d+/);
});

test("Windows: npm's JavaScript beside npm.cmd, never npm.cmd itself", async () => {
  const npm = await file("roaming", "node_modules", "npm", "bin", "npm-cli.js");
  await file("roaming", "npm.cmd");
  const execPath = await file("nodejs", "node.exe");
  const surroundings = { env: { Path: join(folder, "roaming") }, execPath, platform: "win32" } as const;
  expect(npmCall(surroundings)).toEqual({ program: execPath, args: [npm] });
  // PATH has none that can be used: the one that Node came with.
  await rm(join(folder, "roaming", "node_modules"), { recursive: true });
  expect(npmCall(surroundings)).toBeUndefined();
  const own = await file("nodejs", "node_modules", "npm", "bin", "npm-cli.js");
  expect(npmCall(surroundings)).toEqual({ program: execPath, args: [own] });
});

test("elsewhere: the npm that runs us, then what PATH links to, a stand-in as it is", async () => {
  const npm = await file("lib", "npm", "bin", "npm-cli.js");
  const running = await file("running", "npm-cli.js");
  await mkdir(join(folder, "bin"));
  await symlink(npm, join(folder, "bin", "npm"));
  const execPath = await file("nodejs", "node");
  const call = (env: Record<string, string>) => npmCall({ env, execPath, platform: "linux" });
  const [linked, standIn] = [join(folder, "bin"), dirname(await file("shims", "npm"))];
  expect(call({ PATH: linked, npm_execpath: running })?.args).toEqual([running]);
  expect(call({ PATH: linked, npm_execpath: await file("yarn.js") })?.args).toEqual([npm]);
  expect(call({ PATH: standIn })).toEqual({ program: join(standIn, "npm"), args: [] });
});
