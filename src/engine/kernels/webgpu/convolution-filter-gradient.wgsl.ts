import { buffers } from "./shader.js";
import { read, type Storage } from "./storage.js";
import { tiledProduct } from "./tiled-product.wgsl.js";

/**
 * Rows are the filter's taps and input channels, the depth runs over output positions, columns are output channels. Each z
 * of the grid takes an equal part of the positions and leaves a sum of its own.
 * @param storages of x and dy
 */
export const convolutionFilterGradientWgsl = (storages: readonly [Storage, Storage]): string => /* wgsl */ `
${buffers(["x", "dy"], ["parts"], storages)}

const ROWS = KERNEL * KERNEL * INPUTS;
var<private> firstOfPart: i32;

fn extentOf(group: vec3<i32>, groups: vec3<i32>) -> Extent {
  let positions = i32(arrayLength(&dy)) / OUTPUTS;
  let ofPart = (positions + groups.z - 1) / groups.z;
  let begin = group.z * ofPart;
  firstOfPart = group.z * ROWS * OUTPUTS;
  return Extent(ROWS, OUTPUTS, begin, min(begin + ofPart, positions));
}

fn rowPlace(row: i32) -> vec3<i32> {
  let tap = row / INPUTS;
  let down = tap / KERNEL;
  let right = tap % KERNEL;
  return vec3((down * WIDTH + right) * INPUTS + row % INPUTS, down, right);
}

/** Address of the window's first tap, and its row and column, which may lie outside. */
fn depthPlace(depth: i32) -> vec3<i32> {
  let image = depth / (OUT_HEIGHT * OUT_WIDTH);
  let position = depth % (OUT_HEIGHT * OUT_WIDTH);
  let top = position / OUT_WIDTH * STRIDE - PAD;
  let left = position % OUT_WIDTH * STRIDE - PAD;
  return vec3(((image * HEIGHT + top) * WIDTH + left) * INPUTS, top, left);
}

fn readA(tap: vec3<i32>, window: vec3<i32>) -> f32 {
  let at = window + tap;
  if (at.y < 0 || at.y >= HEIGHT || at.z < 0 || at.z >= WIDTH) { return 0; }
  return ${read("x", "at.x", storages[0])};
}

fn readB(depth: i32, column: i32) -> f32 {
  return ${read("dy", "depth * OUTPUTS + column", storages[1])};
}

fn store(row: i32, column: i32, value: f32) {
  parts[firstOfPart + row * OUTPUTS + column] = value;
}
${tiledProduct}`;
