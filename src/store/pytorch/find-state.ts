import { FormatFault } from "../../errors.js";
import type { PickleValue } from "../../pickle/pickle-values.js";
import { printable } from "../../pickle/printable.js";
import { TorchTensor } from "./torch-values.js";

/** The tensors of a checkpoint that make up its state. */
export interface FoundState {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  /** The checkpoint's entry they are from; undefined when the checkpoint is the state dict itself. */
  readonly takenFrom?: string;
  /** Entries of the checkpoint and of the state dict that were left out. */
  readonly leftOut: readonly string[];
}

type Dictionary = ReadonlyMap<PickleValue, PickleValue>;

/** Under which names a checkpoint usually has a model's state. */
const usualNames = ["state_dict", "model_state_dict", "model", "net", "network"];
/** One dictionary can stand under any number of indices: this bounds what a small file can ask for. */
const maxSlots = 100_000;
/** What DataParallel and torch.compile put before every name. */
const wrapperPrefixes = ["module.", "_orig_mod."];

/**
 * Finds the state in what was saved: a state dict, a dictionary with one among its values (`{"net": …, "epoch": …}`),
 * or an optimizer's state, whose entries are then called `state.{index}.{slot}`.
 * @throws FormatFault when there is none, or several that could be meant
 */
export function findState(root: PickleValue): FoundState {
  if (!(root instanceof Map)) throw new FormatFault("it holds no dictionary");
  const optimizer = optimizerState(root);
  if (optimizer !== undefined) return optimizer;
  const inner = statesIn(root);
  const usual = usualNames.flatMap((name) => inner.filter(({ key }) => key === name));
  if (usual.length === 0 && tensorsOf(root).size > 0) return stateIn(root);
  if (inner.length === 0) throw new FormatFault("it holds no dictionary of tensors");
  if (usual.length === 0 && inner.length > 1) {
    const names = inner.map(({ key }) => described(key)).join(", ");
    throw new FormatFault(`it holds several state dicts (${names}), none of them called ${usualNames[0]}`);
  }
  const { key, value } = usual[0] ?? inner[0];
  const found = stateIn(value);
  const beside = [...root.keys()].filter((other) => other !== key).map(described);
  return { ...found, takenFrom: described(key), leftOut: [...found.leftOut, ...beside] };
}

function stateIn(dictionary: Dictionary): FoundState {
  const all = tensorsOf(dictionary);
  const prefix = wrapperPrefixes.find((start) => [...all.keys()].every((name) => name.startsWith(start)));
  const leftOut = [...dictionary].filter(([, value]) => !(value instanceof TorchTensor));
  return {
    tensors:
      prefix === undefined ? all : new Map([...all].map(([name, t]) => [name.slice(prefix.length), t])),
    leftOut: leftOut.map(([key]) => described(key)),
  };
}

/** The dictionaries of tensors among a dictionary's values, each once. */
function statesIn(root: Dictionary): { key: PickleValue; value: Dictionary }[] {
  const seen = new Set<PickleValue>();
  return [...root].flatMap(([key, value]) => {
    if (!(value instanceof Map) || seen.has(value)) return [];
    seen.add(value);
    return tensorsOf(value).size > 0 ? [{ key, value }] : [];
  });
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
