import { readFileSync } from "node:fs";

/** The version in package.json, which lies one folder up in the source tree and in the built one. */
export const programVersion: string = (
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }
).version;
