import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string): string => readFileSync(new URL(`../${path}`, import.meta.url), "utf8");

const documents = ["README.md", "CHANGELOG.md"].concat(
  readdirSync(new URL("../docs", import.meta.url)).flatMap((name) =>
    name.endsWith(".md") ? [`docs/${name}`] : [],
  ),
);

test.each(documents)("every npm script that %s names is there", (path) => {
  const { scripts } = JSON.parse(read("package.json"));
  const named = Array.from(read(path).matchAll(/npm run ([a-z][a-z:-]*)/g), ([, name]) => name);
  expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
});
