import { buffers } from "./shader.js";
import { read, type Storage, write } from "./storage.js";

/**
 * x is [groups, positions, channels]: one group of all images, or one an image. A workgroup takes LANES neighbouring
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

fn sliceOf(size: u32, channels: i32, group: vec3<u32>, groups: vec3<u32>, thread: u32) -> Slice {
  let positions = i32(size) / (channels * i32(groups.z));
  let length = (positions + i32(groups.y) - 1) / i32(groups.y);
  let begin = i32(group.y) * length;
  let channel = i32(group.x) * LANES + i32(thread) % LANES;
  let base = i32(group.z) * positions * channels + channel;
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

/**
 * parts is [groups, slices * 3 + 2, channels]: each slice's counts, means and squares; then the scales and offsets, so that the
 * next pass has one buffer less.
 * @param ofX how x is stored
 */
export const batchMomentsWgsl = (ofX: Storage): string => /* wgsl */ `
${buffers(["x", "scale", "offset"], ["parts"], [ofX])}
${layout}${moments}
@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let channels = i32(arrayLength(&scale));
  let slice = sliceOf(arrayLength(&x), channels, group, groups, thread);
  var own = Moments();
  if (slice.channel < channels) {
    for (var position = slice.begin; position < slice.end; position += ROWS) {
      let value = ${read("x", "slice.base + position * channels", ofX)};
      own.count += 1;
      let difference = value - own.mean;
      own.mean += difference / own.count;
      own.squares += difference * (value - own.mean);
    }
  }
  let all = ofAllRows(own, thread);
  if (thread < LANES && slice.channel < channels) {
    let first = i32(group.z * (groups.y * 3 + 2)) * channels + slice.channel;
    let place = first + i32(group.y) * 3 * channels;
    parts[place] = all.count;
    parts[place + channels] = all.mean;
    parts[place + 2 * channels] = all.squares;
    if (group.y == 0) {
      let end = first + i32(groups.y) * 3 * channels;
      parts[end] = scale[slice.channel];
      parts[end + channels] = offset[slice.channel];
    }
  }
}
`;

/** What is made of a normalised value before it is stored. */
export type Ending = "none" | "relu" | "sum and relu";

const ended = (ending: Ending, addend: Storage): string => {
  if (ending === "none") return "normalised";
  return ending === "relu" ? "max(normalised, 0)" : `max(normalised + ${read("addend", "at", addend)}, 0)`;
};

/** How the tensors of x's shape are stored. */
export interface NormStorages {
  readonly x: Storage;
  readonly y: Storage;
  /** What is added; read with the ending "sum and relu". */
  readonly addend: Storage;
}

/** In the order in which they are bound. */
export const normaliseStorages = (ending: Ending, { x, y, addend }: NormStorages): readonly Storage[] =>
  ending === "sum and relu" ? [x, "float32", addend, y] : [x, "float32", y];

/** saved is [4, groups, channels]: means, inverse deviations, scales, offsets. */
export const batchNormaliseWgsl = (ending: Ending, storages: NormStorages): string => /* wgsl */ `
${buffers(
  ["x", "parts", ...(ending === "sum and relu" ? ["addend"] : [])],
  ["y", "mean", "variance", "saved"],
  normaliseStorages(ending, storages),
)}
${layout}${moments}
@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let channels = i32(arrayLength(&mean) / groups.z);
  let slice = sliceOf(arrayLength(&x), channels, group, groups, thread);
  let ofGroup = i32(arrayLength(&parts)) / i32(groups.z);
  let slices = ofGroup / (3 * channels);
  let first = i32(group.z) * ofGroup + slice.channel;
  var own = Moments();
  if (slice.channel < channels) {
    for (var part = i32(thread) / LANES; part < slices; part += ROWS) {
      let place = first + part * 3 * channels;
      own = merged(own, Moments(parts[place], parts[place + channels], parts[place + 2 * channels]));
    }
  }
  let all = ofAllRows(own, thread);
  if (slice.channel >= channels) { return; }

  let inverse = inverseSqrt(all.squares / all.count + EPSILON);
  let end = first + slices * 3 * channels;
  let factor = parts[end];
  let shift = parts[end + channels];
  if (group.y == 0 && thread < LANES) {
    let place = i32(group.z) * channels + slice.channel;
    let size = i32(groups.z) * channels;
    mean[place] = all.mean;
    variance[place] = all.squares / (all.count - 1);
    saved[place] = all.mean;
    saved[place + size] = inverse;
    saved[place + 2 * size] = factor;
    saved[place + 3 * size] = shift;
  }
  for (var position = slice.begin; position < slice.end; position += ROWS) {
    let at = slice.base + position * channels;
    let normalised = (${read("x", "at", storages.x)} - all.mean) * (inverse * factor) + shift;
    ${write("y", "at", ended(ending, storages.addend), storages.y)}
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

/** The gradient of a normalised value. relu's output costs less to compute again than to read. */
function gradientOf(ending: Ending, { dy, dz }: Pick<GradientStorages, "dy" | "dz">): string {
  const given = read("dy", "at", dy);
  if (ending === "none") return `let gradient = ${given};`;
  if (ending === "relu") return `let gradient = select(0, ${given}, difference * slope + shift > 0);`;
  return `let gradient = select(0, ${given}, y[at] > 0); ${write("dz", "at", "gradient", dz)}`;
}

/** How the tensors of x's shape are stored. */
export interface GradientStorages {
  readonly dy: Storage;
  readonly x: Storage;
  /** What the forward pass gave, and the other term's gradient; with the ending "sum and relu". */
  readonly y: Storage;
  readonly dz: Storage;
  readonly dx: Storage;
}

/** In the order in which they are bound. */
export const gradientSumsStorages = (
  ending: Ending,
  { dy, x, y, dz }: GradientStorages,
): readonly Storage[] =>
  ending === "sum and relu" ? [dy, x, "float32", y, "float32", dz] : [dy, x, "float32"];

/**
 * parts is [groups, slices, 2, channels]: the sums of dz, and of dz times the normalised x. dz is the gradient of the normalised
 * values: dy, where relu let y through; at the end of a sum it is stored, being the other term's gradient too.
 */
export const batchGradientSumsWgsl = (ending: Ending, storages: GradientStorages): string => /* wgsl */ `
${
  ending === "sum and relu"
    ? buffers(["dy", "x", "saved", "y"], ["parts", "dz"], gradientSumsStorages(ending, storages))
    : buffers(["dy", "x", "saved"], ["parts"], gradientSumsStorages(ending, storages))
}
${layout}${sums}
@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let channels = i32(arrayLength(&saved) / (4 * groups.z));
  let slice = sliceOf(arrayLength(&x), channels, group, groups, thread);
  var own = vec2<f32>();
  if (slice.channel < channels) {
    let place = i32(group.z) * channels + slice.channel;
    let size = i32(groups.z) * channels;
    let mean = saved[place];
    let inverse = saved[place + size];
    let slope = inverse * saved[place + 2 * size];
    let shift = saved[place + 3 * size];
    for (var position = slice.begin; position < slice.end; position += ROWS) {
      let at = slice.base + position * channels;
      let difference = ${read("x", "at", storages.x)} - mean;
      ${gradientOf(ending, storages)}
      own += vec2(gradient, gradient * difference);
    }
    own.y *= inverse;
  }
  let all = ofAllRows(own, thread);
  if (thread < LANES && slice.channel < channels) {
    let place = i32(group.z * groups.y + group.y) * 2 * channels + slice.channel;
    parts[place] = all.x;
    parts[place + channels] = all.y;
  }
}
`;

/** In the order in which they are bound. */
export const gradientStorages = ({ dy, x, dx }: GradientStorages): readonly Storage[] => [
  dy,
  x,
  "float32",
  "float32",
  dx,
];

/** Of a sum, dy is what the pass before stored as dz. */
export const batchGradientWgsl = (ending: "none" | "relu", storages: GradientStorages): string => /* wgsl */ `
${buffers(["dy", "x", "saved", "parts"], ["dx", "dScale", "dOffset"], gradientStorages(storages))}
${layout}${sums}
@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) thread: u32,
) {
  let channels = i32(arrayLength(&saved) / (4 * groups.z));
  let slice = sliceOf(arrayLength(&x), channels, group, groups, thread);
  let slices = i32(arrayLength(&parts)) / (2 * channels * i32(groups.z));
  var own = vec2<f32>();
  if (slice.channel < channels) {
    for (var part = i32(thread) / LANES; part < slices; part += ROWS) {
      let place = (i32(group.z) * slices + part) * 2 * channels + slice.channel;
      own += vec2(parts[place], parts[place + channels]);
    }
  }
  let all = ofAllRows(own, thread);
  if (slice.channel >= channels) { return; }

  let place = i32(group.z) * channels + slice.channel;
  let size = i32(groups.z) * channels;
  if (group.y == 0 && thread < LANES) {
    dOffset[place] = all.x;
    dScale[place] = all.y;
  }
  let mean = saved[place];
  let inverse = saved[place + size];
  let count = f32(i32(arrayLength(&x)) / size);
  let average = all.x / count;
  let along = all.y / count * inverse;
  let slope = inverse * saved[place + 2 * size];
  let shift = saved[place + 3 * size];
  for (var position = slice.begin; position < slice.end; position += ROWS) {
    let at = slice.base + position * channels;
    let difference = ${read("x", "at", storages.x)} - mean;
    ${gradientOf(ending, storages)}
    ${write("dx", "at", "(gradient - (average + difference * along)) * slope", storages.dx)}
  }
}
`;
