import { FormatFault } from "../../errors.js";
import { encodeBytes } from "../../pickle/numpy-pickle.js";
import {
  OrderedDictionary,
  PickleConstructor,
  type PickleValue,
  Placeholder,
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

/** A tensor with attributes of its own, which are dropped: (function, class, its arguments, attributes) */
function rebuildFromType([rebuild, , args]: readonly PickleValue[]): PickleValue {
  if (
    !(rebuild instanceof PickleConstructor) ||
    rebuild.construct === rebuildFromType ||
    !Array.isArray(args)
  ) {
    throw new FormatFault("a tensor made in an unknown way");
  }
  return rebuild.construct(args);
}

/** Values of Python, NumPy and PyTorch that checkpoints hold beside their tensors. Nothing of them is of use here. */
const plainValues = `
  builtins.bytearray builtins.complex builtins.frozenset builtins.range builtins.set builtins.slice
  __builtin__.bytearray __builtin__.complex __builtin__.frozenset __builtin__.set __builtin__.slice __builtin__.xrange
  collections.Counter collections.deque copyreg._reconstructor copy_reg._reconstructor
  datetime.date datetime.datetime datetime.time datetime.timedelta datetime.timezone decimal.Decimal fractions.Fraction
  numpy.core.multiarray.scalar numpy._core.multiarray.scalar numpy.dtype
  pathlib.Path pathlib.PosixPath pathlib.PurePath pathlib.PurePosixPath pathlib.PureWindowsPath pathlib.WindowsPath
  pathlib._local.Path pathlib._local.PosixPath pathlib._local.PurePath pathlib._local.PurePosixPath
  pathlib._local.PureWindowsPath pathlib._local.WindowsPath
  torch.Size torch.device torch.serialization._get_layout types.SimpleNamespace uuid.SafeUUID uuid.UUID
`
  .trim()
  .split(/\s+/);

const numpyArrays = [
  "numpy.core.multiarray._reconstruct",
  "numpy._core.multiarray._reconstruct",
  "numpy.core.numeric._frombuffer",
  "numpy._core.numeric._frombuffer",
];

const placeholder = (name: string, className = name) =>
  new PickleConstructor(name, () => new Placeholder(className));

/** All that a state dict, and what usually lies beside it in a checkpoint, may call. */
export const torchConstructors: readonly PickleConstructor[] = [
  new PickleConstructor("collections.OrderedDict", orderedDictionary),
  new PickleConstructor("collections.defaultdict", () => new OrderedDictionary()),
  new PickleConstructor("_codecs.encode", encodeBytes),
  new PickleConstructor("torch._utils._rebuild_tensor_v2", rebuildTensor),
  new PickleConstructor("torch._utils._rebuild_tensor", rebuildTensor),
  new PickleConstructor("torch._utils._rebuild_parameter", rebuildParameter),
  new PickleConstructor("torch._utils._rebuild_parameter_with_state", rebuildParameter),
  new PickleConstructor("torch._tensor._rebuild_from_type_v2", rebuildFromType),
  ...Object.entries(storageTypes).map(([name, type]) => new StorageClass(`torch.${name}`, type)),
  ...plainValues.map((name) => placeholder(name)),
  ...numpyArrays.map((name) => placeholder(name, "numpy.ndarray")),
];
