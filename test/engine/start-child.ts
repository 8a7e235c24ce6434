/** Run by start.test.ts in a process of its own: starts the engine named on the command line and computes. */
import type { Rank, Tensor } from "@tensorflow/tfjs";

const [folder, engineName] = process.argv.slice(2);
const { startEngine }: typeof import("../../src/engine/start.js") = await import(`${folder}/engine/start.ts`);
type Options = NonNullable<Parameters<typeof startEngine>[0]>;
try {
  const { tf, name, device, description, threads, libraryVersion } = await startEngine({
    engine: engineName as Options["engine"],
  });
  const left = tf.tensor2d([1, 2, 3, 4, 5, 6], [2, 3]);
  const square = (x: Tensor) => tf.sum(tf.matMul(x, x, false, true));
  const product = Array.from(await tf.matMul(left, left, false, true).data());
  const gradient = Array.from(await tf.grad(square)(left).data());
  const image = tf.ones<Rank.R4>([1, 4, 4, 2]);
  const convolved = await tf.conv2d(image, tf.ones<Rank.R4>([3, 3, 2, 1]), 1, "valid").data();
  const backend = tf.getBackend();
  const result = { name, device, description, threads, libraryVersion, backend, product, gradient };
  process.stdout.write(JSON.stringify({ ...result, convolved: Array.from(convolved) }));
} catch (error) {
  const { name, message, hint } = error as Error & { hint?: string };
  process.stdout.write(JSON.stringify({ error: name, message, hint }));
}
