import { buffers } from "./shader.js";
import { read, type Storage, write } from "./storage.js";
import { tiledProduct } from "./tiled-product.wgsl.js";

/**
 * Input positions that agree modulo the stride meet the same taps of the filter: they are a product of their own, one for
 * each z of the grid. Rows are its positions, the depth runs over its taps and the output channels, columns are input channels.
 * @param storages of dy, the filter and dx
 */
export const convolutionInputGradientWgsl = (
  storages: readonly [Storage, Storage, Storage],
): string => /* wgsl */ `
${buffers(["dy", "weights"], ["dx"], storages)}

/** What of H or W agrees modulo the stride with a remainder. */
struct Phase {
  remainder: i32,
  /** Positions. */
  count: i32,
  /** The first tap that these meet, after which every STRIDE-th; how many; and which output the first position meets by the first. */
  firstTap: i32,
  taps: i32,
  firstOutput: i32,
}

fn phaseOf(remainder: i32, size: i32) -> Phase {
  let firstTap = (remainder + PAD) % STRIDE;
  let taps = max(0, (KERNEL - firstTap + STRIDE - 1) / STRIDE);
  let count = (size - remainder + STRIDE - 1) / STRIDE;
  return Phase(remainder, count, firstTap, taps, (remainder + PAD - firstTap) / STRIDE);
}

var<private> vertical: Phase;
var<private> horizontal: Phase;

fn extentOf(group: vec3<i32>, groups: vec3<i32>) -> Extent {
  let ofRows = phaseOf(group.z / STRIDE, HEIGHT);
  let ofColumns = phaseOf(group.z % STRIDE, WIDTH);
  vertical = ofRows;
  horizontal = ofColumns;
  let images = i32(arrayLength(&dx)) / (HEIGHT * WIDTH * INPUTS);
  return Extent(images * ofRows.count * ofColumns.count, INPUTS, 0, ofRows.taps * ofColumns.taps * OUTPUTS);
}

/** Image, row and column of the phase. */
fn positionOf(row: i32) -> vec3<i32> {
  let line = row / horizontal.count;
  return vec3(line / vertical.count, line % vertical.count, row % horizontal.count);
}

fn rowPlace(row: i32) -> vec3<i32> {
  let position = positionOf(max(row, 0));
  let down = position.y + vertical.firstOutput;
  let right = position.z + horizontal.firstOutput;
  return vec3(((position.x * OUT_HEIGHT + down) * OUT_WIDTH + right) * OUTPUTS, down, right);
}

/** Later taps meet earlier outputs. */
fn depthPlace(depth: i32) -> vec3<i32> {
  let tap = depth / OUTPUTS;
  let up = tap / horizontal.taps;
  let left = tap % horizontal.taps;
  return vec3(depth % OUTPUTS - (up * OUT_WIDTH + left) * OUTPUTS, -up, -left);
}

fn readA(output: vec3<i32>, tap: vec3<i32>) -> f32 {
  let at = output + tap;
  if (at.y < 0 || at.y >= OUT_HEIGHT || at.z < 0 || at.z >= OUT_WIDTH) { return 0; }
  return ${read("dy", "at.x", storages[0])};
}

fn readB(depth: i32, column: i32) -> f32 {
  let tap = depth / OUTPUTS;
  let down = vertical.firstTap + tap / horizontal.taps * STRIDE;
  let right = horizontal.firstTap + tap % horizontal.taps * STRIDE;
  return weights[((down * KERNEL + right) * INPUTS + column) * OUTPUTS + depth % OUTPUTS];
}

fn store(row: i32, column: i32, value: f32) {
  let position = positionOf(row);
  let down = position.y * STRIDE + vertical.remainder;
  let right = position.z * STRIDE + horizontal.remainder;
  let at = ((position.x * HEIGHT + down) * WIDTH + right) * INPUTS + column;
  ${write("dx", "at", "value", storages[2])}
}
${tiledProduct}`;
