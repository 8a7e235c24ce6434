import { tf } from "./tf.js";

/** Steps that a device may have before it ends the first of them. */
const most = 2;

/** What a backend on a device has besides tfjs's interface. */
export interface PacedBackend extends tf.KernelBackend {
  /** Resolves when all that was submitted is done, without reading anything; rejects when the device has failed. */
  settled(): Promise<void>;
}

const isPaced = (backend: tf.KernelBackend): backend is PacedBackend => "settled" in backend;

const unfinished: Promise<void>[] = [];

/**
 * To be awaited between steps that read nothing: else the processor would run ahead of a device that does not wait for it, and
 * commands and their buffers would pile up.
 * @throws RunError when the device has failed
 */
export async function pace(): Promise<void> {
  const backend = tf.backend();
  if (!isPaced(backend)) return;
  const done = backend.settled();
  // It is awaited two steps later, or never.
  done.catch(() => undefined);
  unfinished.push(done);
  if (unfinished.length > most) await unfinished.shift();
}
