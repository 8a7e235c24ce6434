/** Uniform integers for inner loops, where a named stream's draws would cost more than the work they steer. */
export type DrawInt = (bound: number) => number;

/** Of sfc32. */
function startState(seed: number): Int32Array {
  const state = Int32Array.of(seed, 0x9e3779b9, 0x243f6a88, 1);
  advance(state, new Uint32Array(12));
  return state;
}

/** Many draws at once: numbers beyond 31 bits cost several times as much in variables that outlive a call. */
function advance(state: Int32Array, draws: Uint32Array): void {
  let a = state[0];
  let b = state[1];
  let c = state[2];
  let counter = state[3];
  for (let i = 0; i < draws.length; i++) {
    const sum = (((a + b) | 0) + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    draws[i] = sum;
  }
  state[0] = a;
  state[1] = b;
  state[2] = c;
  state[3] = counter;
}

/**
 * @param seed integer, of which the lowest 32 bits count, such as a named stream's `seed()`
 * @returns draws uniform numbers in [0, 1), multiples of 2^-32
 */
export function fastUniforms(seed: number): () => number {
  const state = startState(seed);
  const draws = new Uint32Array(256);
  let next = draws.length;
  return () => {
    if (next === draws.length) {
      advance(state, draws);
      next = 0;
    }
    return draws[next++] / 0x100000000;
  };
}

/** @returns draws uniform integers in [0, bound), bound <= 2^32; the seed is that of `fastUniforms` */
export function fastIntegers(seed: number): DrawInt {
  const draw = fastUniforms(seed);
  return (bound) => Math.floor(draw() * bound);
}
