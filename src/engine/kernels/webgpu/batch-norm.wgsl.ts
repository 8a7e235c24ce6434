/**
 * x is [groups, positions, CHANNELS]: one group of all images, or one an image. A workgroup takes LANES neighbouring
 * channels of one group, ROWS positions at a time; its y is the slice of the positions, its z the group.
 */
const layout = /* wgsl */ `
const THREADS = LANES * ROWS;

struct Slice {
  channel: i32,
  /** Where the group's numbers of this channel begin. */
  base: i32,
  /** Positions: this thread's first, and the slice's end. */
  begin: i32,
  end: i32,
}

fn sliceOf(size: u32, group: vec3<u32>, groups: vec3<u32>, thread: u32) -> Slice {
  let positions = i32(size) / (CHANNELS * i32(groups.z));
  let length = (positions + i32(groups.y) - 1) / i32(groups.y);
  let begin = i32(group.y) * length;
  let channel = i32(group.x) * LANES + i32(thread) % LANES;
  let base = i32(group.z) * positions * CHANNELS + channel;
  return Slice(channel, base, begin + i32(thread) / LANES, min(begin + length, positions));
}
`;

/** The moments of some numbers, and those of two sets of them together (Chan et al., 1979). */
const moments = /* wgsl */ `
struct Moments {
  count: f32,
  mean: f32,
  /** Sum of squared differences from the mean. */
  squares: f32,
}

fn merged(a: Moments, b: Moments) -> Moments {
  let count = a.count + b.count;
  if (count == 0) { return a; }
  let share = b.count / count;
  let difference = b.mean - a.mean;
  return Moments(count, a.mean + difference * share, a.squares + b.squares + difference * difference * a.count * share);
}

var<workgroup> shared_: array<Moments, THREADS>;

/** Of all rows of a channel, given each thread's; in the same order every time. */
fn ofAllRows(own: Moments, thread: u32) -> Moments {
  shared_[thread] = own;
  for (var rows = u32(ROWS) / 2; rows > 0; rows /= 2) {
    workgroupBarrier();
    if (thread < rows * LANES) {
      shared_[thread] = merged(shared_[thread], shared_[thread + rows * LANES]);
    }
  }
  workgroupBarrier();
  return shared_[thread % LANES];
}
`;

/** parts is [groups, slices, 3, CHANNELS]: counts, means, squares. */
export const batchMomentsWgsl = /* wgsl */ `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> parts: array<f32>;
${layout}${moments}
@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let slice = sliceOf(arrayLength(&x), group, groups, thread);
  var own = Moments();
  if (slice.channel < CHANNELS) {
    for (var position = slice.begin; position < slice.end; position += ROWS) {
      let value = x[slice.base + position * CHANNELS];
      own.count += 1;
      let difference = value - own.mean;
      own.mean += difference / own.count;
      own.squares += difference * (value - own.mean);
    }
  }
  let all = ofAllRows(own, thread);
  if (thread < LANES && slice.channel < CHANNELS) {
    let place = i32(group.z * groups.y + group.y) * 3 * CHANNELS + slice.channel;
    parts[place] = all.count;
    parts[place + CHANNELS] = all.mean;
    parts[place + 2 * CHANNELS] = all.squares;
  }
}
`;

/** saved is [4, groups, CHANNELS]: means, inverse deviations, scales, offsets. */
export const batchNormaliseWgsl = /* wgsl */ `
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> parts: array<f32>;
@group(0) @binding(2) var<storage, read> scale: array<f32>;
@group(0) @binding(3) var<storage, read> offset: array<f32>;
@group(0) @binding(4) var<storage, read_write> y: array<f32>;
@group(0) @binding(5) var<storage, read_write> mean: array<f32>;
@group(0) @binding(6) var<storage, read_write> variance: array<f32>;
@group(0) @binding(7) var<storage, read_write> saved: array<f32>;
${layout}${moments}
@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let slice = sliceOf(arrayLength(&x), group, groups, thread);
  let slices = i32(arrayLength(&parts)) / (3 * CHANNELS * i32(groups.z));
  var own = Moments();
  if (slice.channel < CHANNELS) {
    for (var part = i32(thread) / LANES; part < slices; part += ROWS) {
      let place = (i32(group.z) * slices + part) * 3 * CHANNELS + slice.channel;
      own = merged(own, Moments(parts[place], parts[place + CHANNELS], parts[place + 2 * CHANNELS]));
    }
  }
  let all = ofAllRows(own, thread);
  if (slice.channel >= CHANNELS) { return; }

  let inverse = inverseSqrt(all.squares / all.count + EPSILON);
  let factor = scale[slice.channel];
  let shift = offset[slice.channel];
  if (group.y == 0 && thread < LANES) {
    let place = i32(group.z) * CHANNELS + slice.channel;
    let size = i32(groups.z) * CHANNELS;
    mean[place] = all.mean;
    variance[place] = all.squares / (all.count - 1);
    saved[place] = all.mean;
    saved[place + size] = inverse;
    saved[place + 2 * size] = factor;
    saved[place + 3 * size] = shift;
  }
  for (var position = slice.begin; position < slice.end; position += ROWS) {
    let at = slice.base + position * CHANNELS;
    y[at] = (x[at] - all.mean) * (inverse * factor) + shift;
  }
}
`;

/** Two sums over the rows of a channel, in the same order every time. */
const sums = /* wgsl */ `
var<workgroup> shared_: array<vec2<f32>, THREADS>;

fn ofAllRows(own: vec2<f32>, thread: u32) -> vec2<f32> {
  shared_[thread] = own;
  for (var rows = u32(ROWS) / 2; rows > 0; rows /= 2) {
    workgroupBarrier();
    if (thread < rows * LANES) { shared_[thread] += shared_[thread + rows * LANES]; }
  }
  workgroupBarrier();
  return shared_[thread % LANES];
}
`;

/** parts is [groups, slices, 2, CHANNELS]: the sums of dy, and of dy times the normalised x. */
export const batchGradientSumsWgsl = /* wgsl */ `
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> saved: array<f32>;
@group(0) @binding(3) var<storage, read_write> parts: array<f32>;
${layout}${sums}
@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let slice = sliceOf(arrayLength(&x), group, groups, thread);
  var own = vec2<f32>();
  if (slice.channel < CHANNELS) {
    let place = i32(group.z) * CHANNELS + slice.channel;
    let mean = saved[place];
    for (var position = slice.begin; position < slice.end; position += ROWS) {
      let at = slice.base + position * CHANNELS;
      own += vec2(dy[at], dy[at] * (x[at] - mean));
    }
    own.y *= saved[place + i32(groups.z) * CHANNELS];
  }
  let all = ofAllRows(own, thread);
  if (thread < LANES && slice.channel < CHANNELS) {
    let place = i32(group.z * groups.y + group.y) * 2 * CHANNELS + slice.channel;
    parts[place] = all.x;
    parts[place + CHANNELS] = all.y;
  }
}
`;

export const batchGradientWgsl = /* wgsl */ `
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> saved: array<f32>;
@group(0) @binding(3) var<storage, read> parts: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;
@group(0) @binding(5) var<storage, read_write> dScale: array<f32>;
@group(0) @binding(6) var<storage, read_write> dOffset: array<f32>;
${layout}${sums}
@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let slice = sliceOf(arrayLength(&x), group, groups, thread);
  let slices = i32(arrayLength(&parts)) / (2 * CHANNELS * i32(groups.z));
  var own = vec2<f32>();
  if (slice.channel < CHANNELS) {
    for (var part = i32(thread) / LANES; part < slices; part += ROWS) {
      let place = (i32(group.z) * slices + part) * 2 * CHANNELS + slice.channel;
      own += vec2(parts[place], parts[place + CHANNELS]);
    }
  }
  let all = ofAllRows(own, thread);
  if (slice.channel >= CHANNELS) { return; }

  let place = i32(group.z) * CHANNELS + slice.channel;
  let size = i32(groups.z) * CHANNELS;
  if (group.y == 0 && thread < LANES) {
    dOffset[place] = all.x;
    dScale[place] = all.y;
  }
  let mean = saved[place];
  let inverse = saved[place + size];
  let count = f32(i32(arrayLength(&x)) / size);
  let average = all.x / count;
  let along = all.y / count * inverse;
  let factor = inverse * saved[place + 2 * size];
  for (var position = slice.begin; position < slice.end; position += ROWS) {
    let at = slice.base + position * CHANNELS;
    dx[at] = (dy[at] - (average + (x[at] - mean) * along)) * factor;
  }
}
`;
