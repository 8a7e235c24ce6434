import { FormatFault } from "../../errors.js";
import { numpyConstructors } from "../../pickle/numpy-pickle.js";
import {
  OrderedDictionary,
  PickleConstructor,
  type PickleValue,
  textOf,
} from "../../pickle/pickle-values.js";
import type { StoredType } from "../stored-numbers.js";
import { rebuildParameter, rebuildTensor, StorageClass } from "./torch-values.js";

const storageTypes: Readonly<Record<string, StoredType>> = {
  DoubleStorage: "F64",
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
};

const dtypes = [
  "float64",
  "float32",
  "float16",
  "bfloat16",
  "int64",
  "int32",
  "int16",
  "int8",
  "uint8",
  "bool",
];

/** @param args nothing, or (pairs) as Python 2 wrote it */
function orderedDictionary([pairs = []]: readonly PickleValue[]): OrderedDictionary {
  if (!Array.isArray(pairs)) throw new FormatFault("a dictionary of what are no pairs");
  const dictionary = new OrderedDictionary();
  for (const pair of pairs) {
    if (!Array.isArray(pair) || pair.length !== 2) throw new FormatFault("a dictionary of what are no pairs");
    dictionary.set(pair[0] instanceof Uint8Array ? textOf(pair[0]) : pair[0], pair[1]);
  }
  return dictionary;
}

/** Something beside the tensors that checkpoints hold: a size, a device, a score. Its value is of no use here. */
const nothing = () => null;

/** All that a state dict, and what usually lies beside it in a checkpoint, may call. */
export const torchConstructors: readonly PickleConstructor[] = [
  new PickleConstructor("collections.OrderedDict", orderedDictionary),
  new PickleConstructor("torch._utils._rebuild_tensor_v2", rebuildTensor),
  new PickleConstructor("torch._utils._rebuild_tensor", rebuildTensor),
  new PickleConstructor("torch._utils._rebuild_parameter", rebuildParameter),
  new PickleConstructor("torch._utils._rebuild_parameter_with_state", rebuildParameter),
  ...Object.entries(storageTypes).map(([name, type]) => new StorageClass(`torch.${name}`, type)),
  ...numpyConstructors,
  ...[
    "torch.Size",
    "torch.device",
    "collections.Counter",
    "numpy.core.multiarray.scalar",
    "numpy._core.multiarray.scalar",
    ...dtypes.map((name) => `torch.${name}`),
  ].map((name) => new PickleConstructor(name, nothing)),
];
