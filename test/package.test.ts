import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const [{ files }] = JSON.parse(
  execFileSync("npm", ["pack", "--dry-run", "--json"], { cwd: root, encoding: "utf8" }),
) as [{ files: { path: string }[] }];
const packed = files.map(({ path }) => path);

test("the tarball has what the program needs, and every page and picture that its README leads to", () => {
  const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
  const linked = Array.from(readme.matchAll(/\]\((docs\/[^)#]+)/g), ([, path]) => path);
  expect(linked.length).toBeGreaterThan(3);
  const needed = [
    "dist/cli/main.js",
    "dist/index.js",
    "dist/index.d.ts",
    "native-engine/package-lock.json",
    "report-page/report.css",
  ];
  expect([...needed, ...linked].filter((path) => !packed.includes(path))).toEqual([]);
});

test("and nothing that is of use only in a clone", () => {
  const known = /^((CHANGELOG|README)\.md|LICENSE|package\.json|(dist|docs|native-engine|report-page)\/.+)$/;
  expect(packed.filter((path) => !known.test(path) || /\.map$|\.built$|\.npmrc$/.test(path))).toEqual([]);
});
