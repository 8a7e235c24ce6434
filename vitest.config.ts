import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 300_000,
    hookTimeout: 300_000,
    pool: "forks",
    // Most tests are too small for the numeric library to share between cores: two files at once, a thread each.
    maxWorkers: 2,
    env: {
      TF_NUM_INTRAOP_THREADS: "1",
      // Mesa plays the GPU: what it computes takes no time here, what it compiles does, least for narrow vectors and unoptimised.
      LP_NATIVE_VECTOR_WIDTH: "128",
      GALLIVM_PERF: "nopt",
    },
  },
});
