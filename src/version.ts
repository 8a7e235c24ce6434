import { readFileSync } from "node:fs";

/** package.json lies one folder up in the source tree and in the built one. */
const description = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
  readonly version: string;
  readonly engines: { readonly node: string };
};

/** The version in package.json. */
export const programVersion = description.version;

/** What package.json asks of Node.js, e.g. ">=20.12", where a version falls short of it; undefined where it will do. */
export function neededNode(version: string): string | undefined {
  const needed = description.engines.node;
  const numbers = (text: string) => text.replace(/^\D+/, "").split(".").map(Number);
  const [[major, minor], [leastMajor, leastMinor]] = [numbers(version), numbers(needed)];
  return major > leastMajor || (major === leastMajor && minor >= leastMinor) ? undefined : needed;
}
