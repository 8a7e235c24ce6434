import { UserError } from "../errors.js";
import { parseJson } from "./parse-json.js";
import { readRegularFile, unreadable } from "./regular-file.js";

/**
 * Reads a file of JSON values, one a line; empty lines count for nothing.
 * @param parse makes of a value what it should be, or throws
 * @param lines `expected`: what every line is, for the error's sentence; `hint`: what to do about a file that is missing or damaged
 * @throws UserError naming the first line that is something else
 */
export async function readJsonLines<T>(
  path: string,
  parse: (value: unknown) => T,
  {
    expected,
    hint,
    maxBytes,
  }: { readonly expected: string; readonly hint: string; readonly maxBytes?: number },
): Promise<T[]> {
  const content = await readRegularFile(path, maxBytes).catch(unreadable(path, hint));
  const lines = content.toString("utf8").split("\n");
  return lines.flatMap((line, i) => {
    if (line === "") return [];
    try {
      return [parse(parseJson(line))];
    } catch (cause) {
      throw new UserError(`${path}, line ${i + 1}: not ${expected}.`, hint, { cause });
    }
  });
}
