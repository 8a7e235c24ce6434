import { openSync } from "node:fs";
import { Worker } from "node:worker_threads";

const everyMs = 30_000;

/**
 * Writes a file's text over itself every half minute until the returned function is called, so that the file's time of change
 * says, by the clock of its own file system, that this process lives. A thread does it: native computations keep the main
 * one busy for minutes.
 * @param text what is in the file
 */
export function startHeartbeat(path: string, text: string, every = everyMs): () => void {
  // Kept open: should the file be replaced, it is not the new one that is written to.
  const descriptor = openSync(path, "r+");
  heart ??= startHeart();
  heart.postMessage({ descriptor, text, every });
  return () => heart?.postMessage({ descriptor });
}

/** One thread for all files; it does not keep the process alive. */
let heart: Worker | undefined;

function startHeart(): Worker {
  const worker = new Worker(source, {
    eval: true,
    execArgv: [],
    env: {},
    // The descriptors come from the main thread.
    trackUnmanagedFds: false,
    resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2 },
  });
  worker.unref();
  return worker;
}

/** As text: a thread cannot begin in a TypeScript file, and a loader for that would cost each process that tests locks half a second. */
const source = `
const { closeSync, fsyncSync, writeSync } = require("node:fs");
const beats = new Map();
require("node:worker_threads").parentPort.on("message", ({ descriptor, text, every }) => {
  if (text === undefined) {
    clearInterval(beats.get(descriptor));
    beats.delete(descriptor);
    closeSync(descriptor);
    return;
  }
  const beat = () => {
    try {
      writeSync(descriptor, text, 0);
      fsyncSync(descriptor);
    } catch {
      // A disk that is full or away for a moment: the next one may get through.
    }
  };
  beats.set(descriptor, setInterval(beat, every));
});
`;
