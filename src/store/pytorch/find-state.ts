import { FormatFault } from "../../errors.js";
import { type PickleValue, Placeholder } from "../../pickle/pickle-values.js";
import { printable } from "../../pickle/printable.js";
import { isAverage, withoutWrappers } from "../wrapped-names.js";
import { TorchTensor } from "./torch-values.js";

/** The tensors of a checkpoint that make up its state. */
export interface FoundState {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** The checkpoint's entry they are from, dots between levels; undefined when the checkpoint is the state dict itself. */
  readonly takenFrom?: string;
  /** Entries of the checkpoint and of the state dict that were left out. */
  readonly leftOut: readonly string[];
}

type Dictionary = ReadonlyMap<PickleValue, PickleValue>;

/** Under which names a checkpoint usually has a model's state, or a dictionary that has it. */
const usualNames = [
  "state_dict",
  "model_state_dict",
  "model_state",
  "model",
  "net",
  "network",
  "module",
  "params",
  "weights",
  "checkpoint",
];
/** `{"checkpoint": {"model": {"state_dict": …}}}` */
const maxLevels = 3;
/** One dictionary can stand under any number of indices: this bounds what a small file can ask for. */
const maxSlots = 100_000;

/**
 * Finds the state in what was saved: a state dict, a dictionary or list with one in it (`{"net": …, "epoch": …}`,
 * `{"model": {"state_dict": …}}`), or an optimizer's state, whose entries are then called `state.{index}.{slot}`. Of a model
 * and its moving average the model is taken.
 * @throws FormatFault when there is none, or several that could be meant
 */
export function findState(root: PickleValue): FoundState {
  const dictionary = Array.isArray(root) ? new Map<PickleValue, PickleValue>(root.entries()) : root;
  if (!(dictionary instanceof Map)) throw new FormatFault(`it holds ${objectOf([root]) ?? "no dictionary"}`);
  const optimizer = optimizerState(dictionary);
  if (optimizer !== undefined) return optimizer;
  const found = stateBelow(dictionary, maxLevels, new Set());
  if (found === undefined)
    throw new FormatFault(`it holds ${objectOf(dictionary.values()) ?? "no dictionary of tensors"}`);
  return found;
}

/** A whole model is an object of its class: Python makes it again by running that class' code. */
function objectOf(values: Iterable<PickleValue>): string | undefined {
  for (const value of values) {
    if (value instanceof Placeholder)
      return `an object of the class "${printable(value.className)}", and no state dict`;
  }
  return undefined;
}

/** @param seen dictionaries that were looked into: one may stand in another under all names, or in itself */
function stateBelow(dictionary: Dictionary, levels: number, seen: Set<Dictionary>): FoundState | undefined {
  seen.add(dictionary);
  for (const name of levels > 0 ? usualNames : []) {
    const value = dictionary.get(name);
    if (!(value instanceof Map) || seen.has(value)) continue;
    const found = stateBelow(value, levels - 1, seen);
    if (found !== undefined) return takenFrom(dictionary, name, found);
  }
  const isOwn = hasTensors(dictionary);
  if (isOwn && hasTensors(dictionary, 1)) return stateIn(dictionary);
  const only = onlyState(dictionary);
  if (only !== undefined) return takenFrom(dictionary, only.key, stateIn(only.value));
  return isOwn ? stateIn(dictionary) : undefined;
}

function takenFrom(dictionary: Dictionary, key: PickleValue, found: FoundState): FoundState {
  const beside = [...dictionary.keys()].filter((other) => other !== key).map(described);
  const levels = [described(key), ...(found.takenFrom === undefined ? [] : [found.takenFrom])];
  return { ...found, takenFrom: levels.join("."), leftOut: [...found.leftOut, ...beside] };
}

/**
 * The one state among a dictionary's values, whatever its name.
 * @throws FormatFault when there are several, averages of one another aside
 */
function onlyState(dictionary: Dictionary): { key: PickleValue; value: Dictionary } | undefined {
  const seen = new Set<PickleValue>();
  const states = [...dictionary].flatMap(([key, value]) => {
    if (!(value instanceof Map) || seen.has(value)) return [];
    seen.add(value);
    return hasTensors(value) ? [{ key, value }] : [];
  });
  const better = states.filter(({ value }) => hasTensors(value, 1));
  const found = withoutAverages(better.length > 0 ? better : states);
  if (found.length > 1) {
    const names = found.map(({ key }) => described(key)).join(", ");
    throw new FormatFault(`it holds several state dicts (${names}), none of them called ${usualNames[0]}`);
  }
  return found[0];
}

function withoutAverages<T extends { readonly key: PickleValue }>(states: readonly T[]): readonly T[] {
  const plain = states.filter(({ key }) => !isAverage(String(key)));
  return plain.length > 0 ? plain : states;
}

/** @param axes that one of them has at least: a loss or a best score, a tensor of one number, makes no state */
const hasTensors = (dictionary: Dictionary, axes = 0): boolean =>
  [...dictionary.values()].some((value) => value instanceof TorchTensor && value.shape.length >= axes);

function stateIn(dictionary: Dictionary): FoundState {
  const leftOut = [...dictionary].filter(([, value]) => !(value instanceof TorchTensor));
  return {
    tensors: withoutWrappers(tensorsOf(dictionary)),
    leftOut: leftOut.map(([key]) => described(key)),
  };
}

/** `{"state": {index: {slot: tensor}}, "param_groups": […]}` */
function optimizerState(root: Dictionary): FoundState | undefined {
  const state = root.get("state");
  if (!(state instanceof Map) || !root.has("param_groups")) return undefined;
  const tensors = new Map<string, TorchTensor>();
  const leftOut = [...root.keys()].filter((key) => key !== "state").map(described);
  for (const [index, slots] of state) {
    for (const [slot, value] of slots instanceof Map ? slots : []) {
      const name = `state.${described(index)}.${described(slot)}`;
      if (value instanceof TorchTensor) tensors.set(name, value);
      else leftOut.push(name);
      if (tensors.size + leftOut.length > maxSlots) throw new FormatFault("it holds an endless optimizer");
    }
  }
  if (tensors.size === 0) throw new FormatFault("it holds an optimizer without any tensor");
  return { tensors, leftOut };
}

/** The tensors among a dictionary's values. */
function tensorsOf(dictionary: Dictionary): Map<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  for (const [key, value] of dictionary) {
    if (!(value instanceof TorchTensor)) continue;
    if (typeof key !== "string") throw new FormatFault("it holds a tensor without a name");
    tensors.set(key, value);
  }
  return tensors;
}

const described = (key: PickleValue): string =>
  typeof key === "string" || typeof key === "number" ? printable(String(key)) : "(no name)";
