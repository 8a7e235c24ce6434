import { setTimeout } from "node:timers/promises";
import type { Reporter } from "../reporter.js";
import { tryLock } from "./lock.js";

interface Waiting {
  /** Told for whom it waits. */
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** Milliseconds between two looks at a lock that is held: soon at first, for short work, then seldom. */
const [shortestPause, longestPause] = [100, 5000];

/**
 * What `find` finds; where that is nothing, what `make` makes: once, however many processes ask for it. One makes it, the
 * others wait for that one and find it then; where it dies, one of them makes it.
 * @param path of what is made; the lock lies beside it
 * @throws the signal's reason when aborted
 */
export async function makeOnce<T>(
  path: string,
  find: () => Promise<T | undefined>,
  make: () => Promise<T>,
  waiting: Waiting,
): Promise<T> {
  const found = await find();
  if (found !== undefined) return found;
  const giveBack = await waitForLock(`${path}.lock`, waiting);
  try {
    return (await find()) ?? (await make());
  } finally {
    await giveBack();
  }
}

async function waitForLock(path: string, { reporter, signal }: Waiting): Promise<() => Promise<void>> {
  let isTold = false;
  for (let pause = shortestPause; ; pause = Math.min(1.5 * pause, longestPause)) {
    signal?.throwIfAborted();
    const taken = await tryLock(path);
    if (typeof taken === "function") return taken;
    if (!isTold) reporter.info(`waiting for another run to finish: ${path}, ${taken}`);
    isTold = true;
    await setTimeout(pause, undefined, { signal }).catch(() => signal?.throwIfAborted());
  }
}
