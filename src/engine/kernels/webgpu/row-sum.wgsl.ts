/** Sums over a workgroup, which takes one row at a time; in the same order every time. THREADS is a power of two. */
export const rowSum = /* wgsl */ `
var<workgroup> shared_: array<f32, THREADS>;

fn ofAllThreads(own: f32, thread: u32) -> f32 {
  // What the sum before left is still being read.
  workgroupBarrier();
  shared_[thread] = own;
  for (var half = u32(THREADS) / 2; half > 0; half /= 2) {
    workgroupBarrier();
    if (thread < half) { shared_[thread] += shared_[thread + half]; }
  }
  workgroupBarrier();
  return shared_[0];
}
`;

/** Threads that share a row. */
export const rowThreads = 64;
