import { UserError } from "../../errors.js";

/** Matches no adapter's name, whereupon Dawn names all of them. */
export const noAdapter = "adapter=\u0001";

/** The adapters in Dawn's complaint, by name, in the order of their numbers. @param first the one that the system ranks first */
export function adapterNames(complaint: string, first: string): string[] {
  const names = [...complaint.matchAll(/^ \* backend: '.*?', name: '(.*)'$/gm)].map(([, name = ""]) => name);
  const place = names.findIndex((name) => isCalled(first, name));
  return place <= 0 ? names : [...names.splice(place, 1), ...names];
}

/** Whether a name and what WebGPU calls a device (lower case, anything else a hyphen) are of the same one. */
const isCalled = (device: string, name: string): boolean =>
  device === name.toLowerCase().replace(/[^a-z0-9]+/g, "-");

/**
 * The flags with which Dawn takes adapter `number` of `names`. It takes the first whose name contains the one it is given.
 * @throws UserError when there is no such adapter, or Dawn would take another one
 */
export function flagsOf(number: number, names: readonly string[]): string[] {
  if (number === 0) return [];
  const name = names[number];
  const list = names.map((other, place) => `${place}: ${other}`).join("; ");
  if (name === undefined) throw new UserError(`There is no GPU ${number} for WebGPU.`, `There are ${list}.`);
  if (names.filter((other) => other.includes(name)).length > 1) {
    throw new UserError(
      `WebGPU cannot tell GPU ${number} from another by its name (${list}).`,
      "Show the process that GPU alone, e.g. in a container, and leave --gpu_id out.",
    );
  }
  return [`adapter=${name}`];
}
