import { FormatFault } from "../errors.js";
import { utf8 } from "./byte-reader.js";
import type { PickleMachine } from "./pickle-machine.js";

type Step = (machine: PickleMachine) => void;

/** Ends a pickle. */
export const STOP = 0x2e;

const MAX_INTEGER_BYTES = 64;
const MAX_LINE_LENGTH = 256;

/** A little-endian two's complement integer of `length` bytes. */
function longInteger({ reader }: PickleMachine, length: number): number | bigint {
  if (length > MAX_INTEGER_BYTES) throw new FormatFault(`an integer of ${length} bytes`);
  const unsigned = reader.bytes(length).reduceRight((value, digit) => value * 256n + BigInt(digit), 0n);
  const value = BigInt.asIntN(8 * length, unsigned);
  return Number.isSafeInteger(Number(value)) ? Number(value) : value;
}

function checkProtocol(version: number): void {
  if (version < 2 || version > 5) throw new FormatFault(`pickle protocol ${version}, not 2 to 5`);
}

/** `module\nname\n` */
function named(machine: PickleMachine): void {
  const module = machine.reader.line(MAX_LINE_LENGTH);
  machine.pushNamed(module, machine.reader.line(MAX_LINE_LENGTH));
}

function stackNamed(machine: PickleMachine): void {
  const [module, name] = machine.popTuple(2);
  machine.pushNamed(module, name);
}

/** Class, arguments, arguments by name: of use to an object alone that is made, and none is. */
function namedArguments(machine: PickleMachine): void {
  machine.pop();
  machine.makeObject();
}

/** What data need; the opcodes of extensions, of buffers outside the file and of protocols 0 and 1 are left out. */
export const opcodes: ReadonlyMap<number, Step> = new Map<number, Step>([
  [0x80, (m) => checkProtocol(m.reader.uint8())], // PROTO
  [0x95, (m) => m.reader.uint64()], // FRAME: a hint for readers of streams
  [0x28, (m) => m.mark()], // MARK
  [0x30, (m) => m.pop()], // POP
  [0x31, (m) => m.popToMark()], // POP_MARK
  [0x4e, (m) => m.push(null)], // NONE
  [0x88, (m) => m.push(true)], // NEWTRUE
  [0x89, (m) => m.push(false)], // NEWFALSE
  [0x4a, (m) => m.push(m.reader.int32())], // BININT
  [0x4b, (m) => m.push(m.reader.uint8())], // BININT1
  [0x4d, (m) => m.push(m.reader.uint16())], // BININT2
  [0x8a, (m) => m.push(longInteger(m, m.reader.uint8()))], // LONG1
  [0x47, (m) => m.push(m.reader.float64BigEndian())], // BINFLOAT
  [0x54, (m) => m.push(m.reader.bytes(m.reader.uint32()))], // BINSTRING
  [0x55, (m) => m.push(m.reader.bytes(m.reader.uint8()))], // SHORT_BINSTRING
  [0x42, (m) => m.push(m.reader.bytes(m.reader.uint32()))], // BINBYTES
  [0x43, (m) => m.push(m.reader.bytes(m.reader.uint8()))], // SHORT_BINBYTES
  [0x8e, (m) => m.push(m.reader.bytes(m.reader.uint64()))], // BINBYTES8
  [0x96, (m) => m.push(m.reader.bytes(m.reader.uint64()))], // BYTEARRAY8
  [0x58, (m) => m.push(utf8(m.reader.bytes(m.reader.uint32())))], // BINUNICODE
  [0x8c, (m) => m.push(utf8(m.reader.bytes(m.reader.uint8())))], // SHORT_BINUNICODE
  [0x8d, (m) => m.push(utf8(m.reader.bytes(m.reader.uint64())))], // BINUNICODE8
  [0x29, (m) => m.push([])], // EMPTY_TUPLE
  [0x85, (m) => m.push(m.popTuple(1))], // TUPLE1
  [0x86, (m) => m.push(m.popTuple(2))], // TUPLE2
  [0x87, (m) => m.push(m.popTuple(3))], // TUPLE3
  [0x74, (m) => m.push(m.popToMark())], // TUPLE
  [0x5d, (m) => m.push([])], // EMPTY_LIST
  [0x61, (m) => m.extendList(m.popTuple(1))], // APPEND
  [0x65, (m) => m.extendList(m.popToMark())], // APPENDS
  [0x8f, (m) => m.push([])], // EMPTY_SET
  [0x90, (m) => m.extendList(m.popToMark())], // ADDITEMS
  [0x91, (m) => m.push(m.popToMark())], // FROZENSET
  [0x7d, (m) => m.push(new Map())], // EMPTY_DICT
  [0x73, (m) => m.extendDictionary(m.popTuple(2))], // SETITEM
  [0x75, (m) => m.extendDictionary(m.popToMark())], // SETITEMS
  [0x71, (m) => m.store(m.reader.uint8())], // BINPUT
  [0x72, (m) => m.store(m.reader.uint32())], // LONG_BINPUT
  [0x94, (m) => m.store()], // MEMOIZE
  [0x68, (m) => m.recall(m.reader.uint8())], // BINGET
  [0x6a, (m) => m.recall(m.reader.uint32())], // LONG_BINGET
  [0x63, named], // GLOBAL
  [0x93, stackNamed], // STACK_GLOBAL
  [0x51, (m) => m.resolve()], // BINPERSID
  [0x52, (m) => m.call()], // REDUCE
  [0x81, (m) => m.makeObject()], // NEWOBJ
  [0x92, namedArguments], // NEWOBJ_EX
  [0x62, (m) => m.build()], // BUILD
]);
