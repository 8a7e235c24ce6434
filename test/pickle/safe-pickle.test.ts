import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { UserError } from "../../src/errors.js";
import { ByteReader } from "../../src/pickle/byte-reader.js";
import { NumpyArray, numpyConstructors } from "../../src/pickle/numpy-pickle.js";
import { RefusedName } from "../../src/pickle/pickle-machine.js";
import { Placeholder, UnknownName } from "../../src/pickle/pickle-values.js";
import { readNextPickle, readPickle, refusal } from "../../src/pickle/safe-pickle.js";
import { createRng } from "../../src/random/rng.js";
import { fixture } from "../datasets/cifar-files.js";

const read = (bytes: Uint8Array) => readPickle(bytes, { source: "batch", constructors: numpyConstructors });
const pickle = (...parts: string[]) => Buffer.from(["\x80\x02", ...parts, "."].join(""), "latin1");
const uint32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes.toString("latin1");
};
const text = (value: string) => `X${uint32(value.length)}${value}`;

/** Reads in a world in which unknown names may be held. */
const readHolding = (bytes: Uint8Array) =>
  readNextPickle(new ByteReader(bytes), { constructors: numpyConstructors, hasUnknownNames: true });

/** What the user is told of a file that asks for a name. */
function refusalOf(bytes: Uint8Array, hasUnknownNames: boolean) {
  try {
    readNextPickle(new ByteReader(bytes), { constructors: numpyConstructors, hasUnknownNames });
  } catch (error) {
    if (!(error instanceof RefusedName)) throw error;
    const { message, hint } = refusal("batch", error, "Make it again.");
    return { message, hint };
  }
  throw new Error("It was read.");
}

/** The outcome of reading: a value, or the one kind of error allowed. */
function outcome(bytes: Uint8Array): "value" | "refused" {
  try {
    read(bytes);
    return "value";
  } catch (error) {
    if (error instanceof UserError) return "refused";
    throw error;
  }
}

describe("values", () => {
  test("numbers, strings, lists, tuples, dictionaries", () => {
    expect(read(pickle("(K\x07M\xe8\x03J\xff\xff\xff\xffG\x3f\xf8\0\0\0\0\0\0t"))).toEqual([
      7, 1000, -1, 1.5,
    ]);
    expect(read(pickle("]q\x00(N\x88\x89e"))).toEqual([null, true, false]);
    expect(read(pickle("\x8a\x02\x00\x80"))).toBe(-32768);
    expect(read(pickle("\x8a\x00"))).toBe(0);
    expect(read(pickle("\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19"))).toBe(119547037146038801333356n);
    expect(read(pickle("}(U\x01aK\x01", text("ä").slice(0, 1), uint32(2), "\xc3\xa4K\x02u"))).toEqual(
      new Map([
        ["a", 1],
        ["ä", 2],
      ]),
    );
  });

  test("sets are lists, and what is popped to a mark is gone", () => {
    expect(read(pickle("\x8f(K\x01K\x02\x90"))).toEqual([1, 2]);
    expect(read(pickle("(K\x01K\x02\x91"))).toEqual([1, 2]);
    expect(read(pickle("N(K\x01K\x021"))).toBe(null);
  });

  test("numbers of NumPy's, alone and in arrays", () => {
    const scalar = (type: string, data: string) =>
      `cnumpy.core.multiarray\nscalar\ncnumpy\ndtype\nU\x02${type}\x85RU${String.fromCharCode(data.length)}${data}\x86R`;
    expect(read(pickle(scalar("i8", "\xfe\xff\xff\xff\xff\xff\xff\xff")))).toBe(-2);
    expect(read(pickle(scalar("u4", "\xff\xff\xff\xff")))).toBe(2 ** 32 - 1);
    expect(read(pickle(scalar("i2", "\x00\x80")))).toBe(-32768);
    expect(read(pickle(scalar("b1", "\x01")))).toBe(1);
    expect(read(pickle(scalar("f8", "\0\0\0\0\0\0\xf8\x3f")))).toBe(1.5);
    expect(() => read(pickle(scalar("f2", "\0\0")))).toThrow("numbers of the type f2");
    expect(() => read(pickle(scalar("i4", "\0\0")))).toThrow("an array i4 [1] of 2 bytes, not 4");
  });

  test("a list that holds itself is one", () => {
    const list = read(pickle("]q\x00h\x00a"));
    expect(Array.isArray(list) && list[0] === list).toBe(true);
  });

  test("a key called __proto__ is only a key", () => {
    const value = read(pickle("}U\x09__proto__}U\x08pollutedK\x01ss"));
    expect(value).toBeInstanceOf(Map);
    expect("polluted" in {}).toBe(false);
  });
});

describe("hostile pickles", () => {
  const mark = path.join(tmpdir(), "poisonspot-pickle-test");
  const argument = `${text(`touch ${mark}`)}\x85R`;
  test.each([
    ["posix.system", pickle("cposix\nsystem\n", argument)],
    ["os.system", pickle(text("os"), text("system"), "\x93", argument)],
    ["builtins.eval", pickle("}U\x04datacbuiltins\neval\n", text("1+1"), "\x85Rs")],
    ["numpy.load", pickle("cnumpy\nload\n", argument)],
    ["subprocess.Popen", pickle("csubprocess\nPopen\n)\x81")],
    ["importlib.metadata.x", pickle(text("importlib.metadata"), text("x"), "\x93")],
  ])("%s is refused by name, called hostile, and not run", (name, bytes) => {
    for (const hasUnknownNames of [false, true]) {
      expect(refusalOf(bytes, hasUnknownNames)).toEqual({
        message: `Refused batch: it asks for "${name}", which no data have a use for.`,
        hint: expect.stringContaining("hostile"),
      });
    }
    expect(existsSync(mark)).toBe(false);
  });

  test.each([
    ["numpy.core.multiarray.constructor", pickle("cnumpy.core.multiarray\nconstructor\n)R")],
    ["constructor.constructor", pickle("cconstructor\nconstructor\n", text("return 1"), "\x85R")],
    ["__proto__.toString", pickle("c__proto__\ntoString\n)R")],
    ["mine.Color", pickle("cmine\nColor\nK\x01\x85R")],
  ])("a call of %s is refused by name, also where unknown names may be held", (name, bytes) => {
    for (const hasUnknownNames of [false, true]) {
      expect(refusalOf(bytes, hasUnknownNames)).toEqual({
        message: `Refused batch: it asks for "${name}", which is none of the names that are followed.`,
        hint: "Make it again.",
      });
    }
  });

  test("where unknown names may be held, objects of their classes are placeholders, and keep nothing", () => {
    const object = "cmine\nSettings\n)\x81";
    const state = "}U\x01aK\x01sb";
    const held = readHolding(
      pickle("](cmine\nSettings\n", object, state, object, "(K\x01K\x02u", object, "(K\x01ee"),
    );
    expect(held).toEqual([
      new UnknownName("mine.Settings"),
      ...Array(3).fill(new Placeholder("mine.Settings")),
    ]);
    const byName = pickle("cmine\nSettings\n)}U\x01aK\x01s\x92");
    expect(readHolding(byName)).toEqual(new Placeholder("mine.Settings"));
    expect(() => read(pickle(object))).toThrow("which is none of the names that are followed");
  });

  test.each([
    ["a call of a string", pickle(text("eval"), ")R")],
    ["an instance (INST)", pickle("(ios\nsystem\n")],
    ["an object (OBJ)", pickle("(cnumpy\ndtype\no")],
    ["an object (NEWOBJ)", pickle("cnumpy\nndarray\n)\x81")],
    ["an extension", pickle("\x82\x01")],
    ["a persistent id", pickle("U\x01aQ")],
    ["a state for a dictionary", pickle("}}b")],
    ["the constructor of arrays called", pickle("cnumpy\nndarray\n)R")],
    ["an object array", pickle("cnumpy\ndtype\nU\x01O\x85R")],
  ])("%s is refused", (_, bytes) => {
    expect(() => read(bytes)).toThrow(UserError);
  });
});

describe("damaged pickles", () => {
  test.each([
    ["a byte string longer than the file", pickle("T\xff\xff\xff\xffabc")],
    ["a text longer than the file", pickle("\x8d\xff\xff\xff\xff\xff\xff\xff\x7f")],
    ["a large number", pickle("\x8a\xff", "\x01".repeat(255))],
    ["a line without an end", pickle("c", "a".repeat(100_000))],
    ["a pop from nothing", pickle("0")],
    ["a pop across a mark", pickle("N(0")],
    ["a tuple without a mark", pickle("t")],
    ["a key without a value", pickle("}(K\x01u")],
    ["items for a number", pickle("K\x01K\x02a")],
    ["an unknown memory", pickle("h\x07")],
    ["nothing at all", pickle("")],
    ["an empty file", new Uint8Array(0)],
    ["protocol 0", Buffer.from("(dp0\nS'data'\np1\nI1\ns.")],
    ["protocol 9", Buffer.from("\x80\x09N.", "latin1")],
    ["a web page", Buffer.from("<!DOCTYPE html><html><body>404</body></html>")],
  ])("%s", (_, bytes) => {
    expect(() => read(bytes)).toThrow(UserError);
    expect(() => read(bytes)).toThrow(/^Cannot read batch: .* \(at byte \d+\)\.$/);
  });

  test("an array's shape must fit its data", () => {
    const type = "cnumpy\ndtype\nU\x02u1\x85R";
    const array = (shape: string, data: string) =>
      pickle("cnumpy.core.multiarray\n_reconstruct\n)R(K\x01", shape, type, "\x89", data, "tb");
    const good = read(array("K\x01K\x02\x86", "U\x02ab"));
    expect(good).toBeInstanceOf(NumpyArray);
    expect(() => read(array("K\x02K\x02\x86", "U\x02ab"))).toThrow("an array u1 [2,2] of 2 bytes, not 4");
    expect(() => read(array("J\xff\xff\xff\xffJ\xfe\xff\xff\xff\x86", "U\x02ab"))).toThrow(
      "impossible shape",
    );
    expect(() => read(array("G\x7f\xf0\0\0\0\0\0\0\x85", "U\x02ab"))).toThrow("impossible shape");
    expect(() => read(array("N", "U\x02ab"))).toThrow("without a shape");
  });

  test("work is bounded: many steps, deep nesting, one long string converted again and again", () => {
    expect(() => read(pickle("N0".repeat(1_500_000)))).toThrow("steps");
    expect(outcome(pickle("(".repeat(300_000), "t".repeat(300_000)))).toBe("value");
    const again = "h\x00h\x01h\x02\x86R0";
    const bomb = pickle(
      "c_codecs\nencode\nq\x00",
      text("a".repeat(200_000)),
      "q\x01",
      text("latin1"),
      "q\x02",
    );
    expect(outcome(bomb)).toBe("value");
    const repeated = Buffer.concat([
      bomb.subarray(0, -1),
      Buffer.from(again.repeat(50_000), "latin1"),
      Buffer.from("."),
    ]);
    expect(() => read(repeated)).toThrow("over and over");
  });

  test.each(["python2", "python3-protocol2", "python3-protocol5"])(
    "%s cut at any length is refused",
    async (name) => {
      const bytes = await fixture(name);
      expect(outcome(bytes)).toBe("value");
      for (let length = 0; length < bytes.length; length += length < 400 ? 1 : 97) {
        expect(outcome(bytes.subarray(0, length))).toBe("refused");
      }
    },
  );

  test("changed bytes and random bytes never give another error", async () => {
    const rng = createRng("test/mutations");
    for (const name of ["python2", "python3-protocol2", "python3-protocol5"]) {
      const bytes = await fixture(name);
      const header = [...Array(300).keys(), ...Array(100).keys()].map((i) =>
        i < 300 ? i : bytes.length - 1 - i,
      );
      for (let trial = 0; trial < 1000; trial++) {
        const changed = Uint8Array.from(bytes);
        for (let n = 0; n <= rng.int(3); n++) changed[header[rng.int(header.length)]] = rng.int(256);
        outcome(changed);
      }
    }
    for (let trial = 0; trial < 500; trial++) {
      outcome(
        Uint8Array.from({ length: 2 + rng.int(200) }, (_, i) =>
          i === 0 ? 0x80 : i === 1 ? 2 : rng.int(256),
        ),
      );
    }
  });
});
