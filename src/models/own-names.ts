import type { Model } from "../nn/model.js";
import type { StateDict } from "../store/state-dict.js";
import { isAverage } from "../store/wrapped-names.js";

/** A network's part of a state. */
interface OwnPart {
  /** Under the names that the entries have in the network. */
  readonly state: StateDict;
  /** What all its names have in front in the whole state, with the last dot; "" for a state of the network alone. */
  readonly prefix: string;
}

/**
 * Finds a network's entries in the state of something that it was a part of, a wrapper or a class around it: there its names
 * have something in front. Of a network and its moving average the network is taken. Where its names are not to be found, or
 * twice, the state is left as it is.
 */
export function underOwnNames(state: StateDict, model: Model): OwnPart {
  const heads = new Set(model.headEntries.map(({ name }) => name));
  const wanted = model.entries.flatMap(({ name, kind }) =>
    // Old files lack counters, and a head may be replaced.
    kind === "counter" || heads.has(name) ? [] : [name],
  );
  const fits = (prefix: string) => wanted.every((name) => state.has(prefix + name));
  const asItIs = { state, prefix: "" };
  if (wanted.length === 0 || fits("")) return asItIs;
  const fitting = [...state.keys()].flatMap((name) => {
    const prefix = name.endsWith(`.${wanted[0]}`) ? name.slice(0, -wanted[0].length) : undefined;
    return prefix !== undefined && fits(prefix) ? [prefix] : [];
  });
  const plain = fitting.filter((prefix) => !isAverage(prefix));
  const [prefix, ...others] = plain.length > 0 ? plain : fitting;
  if (prefix === undefined || others.length > 0) return asItIs;
  const own = [...state].filter(([name]) => name.startsWith(prefix));
  return { state: new Map(own.map(([name, array]) => [name.slice(prefix.length), array])), prefix };
}
