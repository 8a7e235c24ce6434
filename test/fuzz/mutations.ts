import type { Rng } from "../../src/random/rng.js";

/** No input gets longer: what takes long at this length takes too long at any. */
const maxBytes = 400_000;

type Mutation = (rng: Rng, bytes: Buffer, other: Buffer) => Buffer;

const pick = <T>(rng: Rng, values: readonly T[]): T => values[rng.int(values.length)];

/** Short ranges more often than long ones. */
function range(rng: Rng, length: number): [start: number, end: number] {
  const start = rng.int(length + 1);
  const longest = Math.min(length - start, 2 ** (1 + rng.int(17)));
  return [start, start + rng.int(longest + 1)];
}

const join = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts);

const flipBits: Mutation = (rng, bytes) => {
  const changed = Buffer.from(bytes);
  for (let count = 1 + rng.int(8); count > 0 && changed.length > 0; count--)
    changed[rng.int(changed.length)] ^= 1 << rng.int(8);
  return changed;
};

const cut: Mutation = (rng, bytes) => bytes.subarray(0, rng.int(bytes.length + 1));

const remove: Mutation = (rng, bytes) => {
  const [start, end] = range(rng, bytes.length);
  return join(bytes.subarray(0, start), bytes.subarray(end));
};

const insert: Mutation = (rng, bytes) => {
  const at = rng.int(bytes.length + 1);
  const noise = Buffer.from(Array.from({ length: 1 + rng.int(64) }, () => rng.int(256)));
  return join(bytes.subarray(0, at), noise, bytes.subarray(at));
};

const repeat: Mutation = (rng, bytes) => {
  const [start, end] = range(rng, bytes.length);
  const part = bytes.subarray(start, end);
  const room = Math.floor((maxBytes - bytes.length) / Math.max(1, part.length));
  // An empty part cannot fill anything.
  const times = part.length === 0 ? 0 : Math.max(0, Math.min(room, 2 ** rng.int(18)));
  return join(bytes.subarray(0, end), Buffer.alloc(times * part.length, part), bytes.subarray(end));
};

const splice: Mutation = (rng, bytes, other) => {
  const [start, end] = range(rng, bytes.length);
  const [from, to] = range(rng, other.length);
  return join(bytes.subarray(0, start), other.subarray(from, to), bytes.subarray(end));
};

/** What lengths, counts and offsets are likely to be tripped by. */
const integers: readonly bigint[] = [
  ...[0n, 1n, 2n, 0x7fn, 0x80n, 0xffn, 0x7fffn, 0x8000n, 0xffffn, 0x10000n, 0xffffffn],
  ...[2n ** 28n, 2n ** 31n - 1n, 2n ** 31n, 2n ** 32n - 1n, 2n ** 32n, 2n ** 40n],
  ...[2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n],
];

const integer: Mutation = (rng, bytes) => {
  const changed = Buffer.from(bytes);
  const width = pick(rng, [1, 2, 4, 8]);
  if (changed.length < width) return changed;
  const at = rng.int(changed.length - width + 1);
  const value = pick(rng, [...integers, BigInt(bytes.length), BigInt(bytes.length - at)]);
  const field = Buffer.alloc(8);
  field.writeBigUInt64LE(value);
  const used = field.subarray(0, width);
  if (rng.int(3) === 0) used.reverse();
  used.copy(changed, at);
  return changed;
};

const words = [
  ...["-1", "0", "1.5", "1e308", "-0", "NaN", "null", "true", "9007199254740993", "4294967296", "[]", "{}"],
  ...[
    '""',
    '"__proto__"',
    "[[[[",
    '{"a":',
    "\\u0000",
    '"',
    ",",
    "\n",
    "\r\n",
    "(",
    ")",
    "..",
    "/",
    "\u{1f4a5}",
  ],
  "99999999999999999999999999",
];

/** Replaces a number or a word of a text by another. */
const word: Mutation = (rng, bytes) => {
  const found = [
    ...bytes
      .toString("latin1")
      .slice(0, 20_000)
      .matchAll(/[\w.-]+/g),
  ];
  if (found.length === 0) return insert(rng, bytes, bytes);
  const { 0: old, index } = pick(rng, found);
  const text = Buffer.from(pick(rng, words));
  return join(bytes.subarray(0, index), text, bytes.subarray(index + old.length));
};

const byteMutations: readonly Mutation[] = [flipBits, cut, remove, insert, repeat, splice, integer, word];

/** Stands for more nesting than recursion can follow, which could not be written either. */
const deep = "stands for a deep list";
const deepText = `${"[".repeat(50_000)}${"]".repeat(50_000)}`;

const odd = (rng: Rng): unknown =>
  pick<unknown>(rng, [
    ...[null, true, -1, 0, 0.5, 2 ** 31, 2 ** 53, 1e308, "", "x", [], {}, [[]], "../../x", "\0"],
    ...["__proto__", "constructor", "a".repeat(300), Array(5000).fill(0)],
    deep,
    JSON.parse('{"__proto__":{"polluted":1}}'),
  ]);

/** Another value somewhere in a JSON text; of another text the same as a change of a word. */
const jsonValue: Mutation = (rng, bytes, other) => {
  let root: unknown;
  try {
    // What is deep already cannot be written again.
    if (bytes.includes("[".repeat(100))) return word(rng, bytes, other);
    root = JSON.parse(bytes.toString("utf8"));
  } catch {
    return word(rng, bytes, other);
  }
  const text = JSON.stringify(changedSomewhere(rng, root, 1 + rng.int(6)));
  return Buffer.from(text.replace(JSON.stringify(deep), deepText));
};

function changedSomewhere(rng: Rng, value: unknown, depth: number): unknown {
  if (depth === 0 || typeof value !== "object" || value === null) return odd(rng);
  const entries = Object.entries(value);
  if (entries.length === 0) return odd(rng);
  const [key, inner] = pick(rng, entries);
  const changed = { ...value, [key]: changedSomewhere(rng, inner, depth - 1) };
  if (Array.isArray(value)) return Object.values(changed);
  if (rng.int(6) > 0) return changed;
  const { [key]: _, ...rest } = changed as Record<string, unknown>;
  return rng.int(2) === 0 ? rest : { ...rest, [pick(rng, ["__proto__", "x", "0"])]: inner };
}

const isJson = (bytes: Buffer): boolean => bytes[0] === 0x7b || bytes[0] === 0x5b;

/** A file made wrong in one to four places. @param material what parts of others are taken from */
export function mutate(rng: Rng, seed: Buffer, material: readonly Buffer[]): Buffer {
  const mutations = isJson(seed) ? [...byteMutations, ...Array(8).fill(jsonValue)] : byteMutations;
  let bytes = seed;
  for (let count = 1 + rng.int(rng.int(4) + 1); count > 0; count--)
    bytes = pick(rng, mutations)(rng, bytes, pick(rng, material)).subarray(0, maxBytes);
  return bytes;
}
