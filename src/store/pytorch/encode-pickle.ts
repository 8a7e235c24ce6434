import { elementCount, type StateDict } from "../state-dict.js";

/**
 * The pickle (protocol 2) of an OrderedDict of tensors, as torch.save writes one: the numbers of the i-th entry are
 * the storage with key `i`, on the CPU.
 */
export function encodeStatePickle(state: StateDict): Buffer {
  const tensors = [...state].flatMap(([name, { shape, dtype }], key) => [
    text(name),
    tensor(shape, dtype === "int64" ? "LongStorage" : "FloatStorage", key),
  ]);
  return Buffer.concat([code("\x80\x02"), orderedDictionary, code("("), ...tensors, code("u.")]);
}

const code = (opcodes: string): Buffer => Buffer.from(opcodes, "latin1");
const named = (module: string, name: string): Buffer => code(`c${module}\n${name}\n`);
const tuple = (...items: readonly Buffer[]): Buffer => Buffer.concat([code("("), ...items, code("t")]);
const called = (callee: Buffer, ...args: readonly Buffer[]): Buffer =>
  Buffer.concat([callee, tuple(...args), code("R")]);
const orderedDictionary = called(named("collections", "OrderedDict"));

/** @param value at least 0, below 2^31 */
function whole(value: number): Buffer {
  const bytes = Buffer.from("J____");
  bytes.writeInt32LE(value, 1);
  return bytes;
}

function text(value: string): Buffer {
  const utf8 = Buffer.from(value);
  const head = Buffer.from("X____");
  head.writeUInt32LE(utf8.length, 1);
  return Buffer.concat([head, utf8]);
}

/** torch._utils._rebuild_tensor_v2(storage, offset, shape, strides, requires_grad, backward_hooks) */
function tensor(shape: readonly number[], storageClass: string, key: number): Buffer {
  const id = [named("torch", storageClass), text(String(key)), text("cpu"), whole(elementCount(shape))];
  const storage = Buffer.concat([tuple(text("storage"), ...id), code("Q")]);
  const strides = shape.map((_, axis) => elementCount(shape.slice(axis + 1)));
  const axes = [tuple(...shape.map(whole)), tuple(...strides.map(whole))];
  const noGradient = code("\x89");
  return called(
    named("torch._utils", "_rebuild_tensor_v2"),
    storage,
    whole(0),
    ...axes,
    noGradient,
    orderedDictionary,
  );
}
