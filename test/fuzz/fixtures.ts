import { readFile } from "node:fs/promises";

/** Files of `test/fixtures`. */
export const fixtures = (...names: readonly string[]): Promise<Buffer[]> =>
  Promise.all(names.map((name) => readFile(new URL(`../fixtures/${name}`, import.meta.url))));
