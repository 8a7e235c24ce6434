import seedrandom from "seedrandom";

/**
 * A named stream of random numbers. Streams are addressed by name and position (`545/shuffle/epoch-3`), so a
 * resumed run draws what an uninterrupted one would have drawn, and a new draw in one place shifts no other.
 */
export interface Rng {
  /** A child stream; the same name gives the same stream, whatever was drawn before. */
  fork(name: string): Rng;
  /** Uniform in [0, 1). */
  uniform(): number;
  /** Uniform integer in [0, bound). */
  int(bound: number): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
  /** A 31-bit seed for libraries that take one. */
  seed(): number;
}

/** @param path the stream's full name; the root is the run's seed */
export function createRng(path: string | number): Rng {
  const name = String(path);
  const next = seedrandom(name);
  return {
    fork: (child) => createRng(`${name}/${child}`),
    uniform: () => next(),
    int: (bound) => Math.floor(next() * bound),
    normal: () => Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next()),
    seed: () => Math.floor(next() * 0x7fffffff),
  };
}

/** A shuffled copy (Fisher-Yates). */
export function shuffle(rng: Rng, values: ArrayLike<number>): Int32Array {
  const result = Int32Array.from(values);
  for (let i = result.length - 1; i > 0; i--) {
    const j = rng.int(i + 1);
    const held = result[i];
    result[i] = result[j];
    result[j] = held;
  }
  return result;
}

/** `count` distinct values in drawing order. @throws when there are fewer than `count` */
export function sampleWithoutReplacement(rng: Rng, values: ArrayLike<number>, count: number): Int32Array {
  if (count > values.length) throw new Error(`Cannot draw ${count} of ${values.length} values.`);
  const pool = Int32Array.from(values);
  for (let i = 0; i < count; i++) {
    const j = i + rng.int(pool.length - i);
    const held = pool[i];
    pool[i] = pool[j];
    pool[j] = held;
  }
  return pool.slice(0, count);
}
