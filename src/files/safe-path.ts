import { isAbsolute, join } from "node:path";
import { FormatFault } from "../errors.js";

/**
 * The place of an archive's member under `root`.
 * @throws FormatFault for a name that would leave `root` (absolute, "..", drive letter, backslash, NUL)
 */
export function safePath(root: string, name: string): string {
  const parts = name.split("/");
  const suspicious =
    name === "" ||
    isAbsolute(name) ||
    /[\\\0]|^[A-Za-z]:/.test(name) ||
    parts.some((part) => part === ".." || part === ".");
  if (suspicious) throw new FormatFault(`it holds a file with an unsafe name: ${JSON.stringify(name)}`);
  return join(root, name);
}
