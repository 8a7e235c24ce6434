import { afterAll, beforeAll, beforeEach, expect, type TestContext } from "vitest";
import type { Precision } from "../../../src/engine/engine.js";
import { tileAlone, useTileOrders } from "../../../src/engine/kernels/webgpu/tiles.js";
import { startEngine } from "../../../src/engine/start.js";
import { tf } from "../../../src/engine/tf.js";
import { createRng, type Rng } from "../../../src/random/rng.js";

/** Runs a file's tests on the engine "webgpu", or skips them where it does not start. An error of the device fails them. */
export function onWebgpu(precision: Precision = "float32"): void {
  let reason = "";
  beforeAll(async () => {
    await startEngine({ engine: "webgpu", precision }).catch((error: unknown) => {
      reason = `webgpu does not start here: ${error}`;
    });
  });
  beforeEach((context: TestContext) => {
    if (reason !== "") context.skip(reason);
  });
  afterAll(async () => {
    // Reading fails where any work before it was refused.
    if (reason === "") expect([...(await tf.tidy(() => tf.neg(tf.ones([2, 300]))).data())][0]).toBe(-1);
  });
}

/** With one tile for all products. @param place in `racedTiles` */
export async function inTile(place: number, work: () => Promise<void>): Promise<void> {
  useTileOrders(tileAlone(place));
  try {
    await work();
  } finally {
    useTileOrders([]);
  }
}

export interface Numbers {
  readonly shape: readonly number[];
  readonly values: Float32Array;
  /** Lives until its owner disposes it. */
  readonly tensor: tf.Tensor4D;
}

/** Normal, drawn from a stream of that name. */
export function numbers(name: string, shape: readonly number[], shift = 0): Numbers {
  const rng = createRng(name);
  const size = shape.reduce((a, b) => a * b, 1);
  const values = Float32Array.from({ length: size }, () => rng.normal() + shift);
  return { shape, values, tensor: tf.tensor(values, shape as [number, number, number, number]) };
}

/** One of them. */
export const oneOf = <T>(rng: Rng, values: readonly T[]): T => values[rng.int(values.length)];

/** The results' values, computed twice: the same bytes, and no tensor is left behind. */
export async function readTwice(run: () => readonly tf.Tensor[]): Promise<Float32Array[]> {
  const before = tf.memory().numTensors;
  const read = async () => {
    const results = run();
    const values: Float32Array[] = [];
    for (const result of results) values.push(Float32Array.from(await result.data()));
    tf.dispose([...results]);
    return values;
  };
  const found = await read();
  expect((await read()).map(bytes)).toEqual(found.map(bytes));
  expect(tf.memory().numTensors).toBe(before);
  return found;
}

const bytes = ({ buffer }: Float32Array) => Buffer.from(buffer).toString("latin1");
