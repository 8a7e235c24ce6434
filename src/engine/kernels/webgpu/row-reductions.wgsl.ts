/** Over a workgroup, which takes one row at a time; in the same order every time. THREADS is a power of two. */
const reduction = (name: string, combined: (a: string, b: string) => string): string => /* wgsl */ `
fn ${name}(own: f32, thread: u32) -> f32 {
  // What the reduction before left is still being read.
  workgroupBarrier();
  shared_[thread] = own;
  for (var half = u32(THREADS) / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (thread < half) { shared_[thread] = ${combined("shared_[thread]", "shared_[thread + half]")}; }
  }
  workgroupBarrier();
  return shared_[0];
}
`;

const numbers = /* wgsl */ `
var<workgroup> shared_: array<f32, THREADS>;
`;
const sum = reduction("sumOfAllThreads", (a, b) => `${a} + ${b}`);

export const rowSum = numbers + sum;
export const rowSumAndLargest = numbers + sum + reduction("largestOfAllThreads", (a, b) => `max(${a}, ${b})`);

/** Threads that share a row. */
export const rowThreads = 64;
