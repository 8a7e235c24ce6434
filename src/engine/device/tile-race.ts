import type { WebGPUBackend } from "@tensorflow/tfjs-backend-webgpu";
import {
  isMostlyFull,
  productClasses,
  racedTiles,
  type TileOrders,
  tileAlone,
  tileFor,
  useTileOrders,
} from "../kernels/webgpu/tiles.js";
import { tf } from "../tf.js";

const depth = 512;
/** How much faster than the usual tile another must be: less is noise. */
const lead = 1.05;
/** Long enough to be measured, ms. */
const leastMs = 5;

/**
 * Times each class of products with every tile that fits it, on the device of the backend "webgpu", the largest class first.
 * @param budgetMs after so long it ends: classes that are not done then have no order
 * @param classes those to race, all by default
 */
export async function raceTiles(budgetMs = 1000, classes = [...productClasses.keys()]): Promise<TileOrders> {
  const deadline = performance.now() + budgetMs;
  const orders: (number[] | null)[] = productClasses.map(() => null);
  try {
    for (const place of classes.toReversed()) {
      const order = await race(productClasses[place], deadline);
      if (order === undefined) break;
      orders[place] = order;
    }
  } finally {
    useTileOrders([]);
  }
  return orders;
}

interface ProductClass {
  readonly rows: number;
  readonly columns: number;
}

/** @returns places in `racedTiles`, the fastest first; undefined when the time is up */
async function race({ rows, columns }: ProductClass, deadline: number): Promise<number[] | undefined> {
  useTileOrders([]);
  const usual = tileFor(rows, columns);
  const runners = [...racedTiles.keys()].filter((place) => isMostlyFull(racedTiles[place], rows, columns));
  const [a, b] = [tf.ones([rows, depth]), tf.ones([depth, columns])];
  const times = new Map<number, number>();
  try {
    for (const place of runners) {
      useTileOrders(tileAlone(place));
      const ms = await millisecondsOf(() => tf.dispose(tf.matMul(a, b)), deadline);
      if (ms === undefined) return undefined;
      times.set(place, racedTiles[place] === usual ? ms / lead : ms);
    }
  } finally {
    tf.dispose([a, b]);
  }
  return [...times].sort(([, x], [, y]) => x - y).map(([place]) => place);
}

async function millisecondsOf(run: () => void, deadline: number): Promise<number | undefined> {
  const backend = tf.backend() as WebGPUBackend;
  const time = async (count: number) => {
    const start = performance.now();
    for (let i = 0; i < count; i++) run();
    backend.endComputePassEncoder();
    backend.submitQueue();
    await backend.queue.onSubmittedWorkDone();
    return performance.now() - start;
  };
  await time(1); // compiles the shader
  if (performance.now() > deadline) return undefined;
  const count = Math.max(1, Math.min(64, Math.ceil((2 * leastMs) / (await time(2)))));
  return Math.min(await time(count), await time(count)) / count;
}
