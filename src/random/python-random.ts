const STATE_SIZE = 624;
const SHIFT = 397;

/** Python's `random.Random(seed)`: the draws that the published experiments made, for the few that must be the same. */
export interface PythonRandom {
  /** The next 32 bits. */
  uint32(): number;
  /** `random.sample(range(count), size)`: distinct values in drawing order. @throws Error when size exceeds count */
  sample(count: number, size: number): Int32Array;
}

/**
 * MT19937 (Matsumoto and Nishimura, Mersenne Twister, 1998), seeded as CPython does.
 * @param seed uint32
 */
export function pythonRandom(seed: number): PythonRandom {
  const state = seededState(seed);
  let position = STATE_SIZE;

  function uint32(): number {
    if (position === STATE_SIZE) {
      twist(state);
      position = 0;
    }
    let bits = state[position++];
    bits ^= bits >>> 11;
    bits ^= (bits << 7) & 0x9d2c5680;
    bits ^= (bits << 15) & 0xefc60000;
    return (bits ^ (bits >>> 18)) >>> 0;
  }

  /** Uniform in [0, bound): as many high bits as `bound` has, until they are below it. */
  function below(bound: number): number {
    const unused = Math.clz32(bound);
    for (;;) {
      const drawn = uint32() >>> unused;
      if (drawn < bound) return drawn;
    }
  }

  /** The start of a shuffled list. */
  function fromPool(count: number, size: number): Int32Array {
    const pool = Int32Array.from({ length: count }, (_, i) => i);
    return Int32Array.from({ length: size }, (_, i) => {
      const place = below(count - i);
      const drawn = pool[place];
      pool[place] = pool[count - i - 1];
      return drawn;
    });
  }

  /** Draws again what was drawn before: cheaper than a pool when few of many are wanted. */
  function withRetries(count: number, size: number): Int32Array {
    const drawn = new Set<number>();
    while (drawn.size < size) drawn.add(below(count));
    return Int32Array.from(drawn);
  }

  return {
    uint32,
    sample(count, size) {
      if (size > count) throw new Error(`Cannot draw ${size} of ${count} values.`);
      // The size of a Python set that holds the sample; from there on a list of all values is the smaller one.
      const setSize = 21 + (size > 5 ? 4 ** Math.ceil(Math.log(size * 3) / Math.log(4)) : 0);
      return count <= setSize ? fromPool(count, size) : withRetries(count, size);
    },
  };
}

/** `init_by_array` with the one-element key [seed]: uint32 [624]. */
function seededState(seed: number): Uint32Array {
  const state = new Uint32Array(STATE_SIZE);
  state[0] = 19650218;
  const mixed = (i: number) => state[i - 1] ^ (state[i - 1] >>> 30);
  for (let i = 1; i < STATE_SIZE; i++) state[i] = Math.imul(1812433253, mixed(i)) + i;
  let i = 1;
  const advance = () => {
    if (++i < STATE_SIZE) return;
    state[0] = state[STATE_SIZE - 1];
    i = 1;
  };
  for (let k = 0; k < STATE_SIZE; k++) {
    state[i] = (state[i] ^ Math.imul(mixed(i), 1664525)) + seed;
    advance();
  }
  for (let k = 1; k < STATE_SIZE; k++) {
    state[i] = (state[i] ^ Math.imul(mixed(i), 1566083941)) - i;
    advance();
  }
  state[0] = 0x80000000;
  return state;
}

/** Replaces the whole state by the next one. */
function twist(state: Uint32Array): void {
  for (let i = 0; i < STATE_SIZE; i++) {
    const bits = (state[i] & 0x80000000) | (state[(i + 1) % STATE_SIZE] & 0x7fffffff);
    state[i] = state[(i + SHIFT) % STATE_SIZE] ^ (bits >>> 1) ^ (bits & 1 ? 0x9908b0df : 0);
  }
}
