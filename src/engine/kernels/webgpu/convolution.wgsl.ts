import { buffers } from "./shader.js";
import { read, type Storage, write } from "./storage.js";
import { tiledProduct } from "./tiled-product.wgsl.js";

/**
 * Rows are output positions, the depth runs over the filter's taps and the input channels, columns are output channels.
 * @param storages of x, the filter and y
 */
export const convolutionWgsl = (storages: readonly [Storage, Storage, Storage]): string => /* wgsl */ `
${buffers(["x", "weights"], ["y"], storages)}

fn extentOf(group: vec3<i32>, groups: vec3<i32>) -> Extent {
  return Extent(i32(arrayLength(&y)) / OUTPUTS, OUTPUTS, 0, KERNEL * KERNEL * INPUTS);
}

/** Address of the window's first tap, and its row and column, which may lie outside. */
fn rowPlace(row: i32) -> vec3<i32> {
  let image = row / (OUT_HEIGHT * OUT_WIDTH);
  let position = row % (OUT_HEIGHT * OUT_WIDTH);
  let top = position / OUT_WIDTH * STRIDE - PAD;
  let left = position % OUT_WIDTH * STRIDE - PAD;
  return vec3(((image * HEIGHT + top) * WIDTH + left) * INPUTS, top, left);
}

fn depthPlace(depth: i32) -> vec3<i32> {
  let tap = depth / INPUTS;
  let down = tap / KERNEL;
  let right = tap % KERNEL;
  return vec3((down * WIDTH + right) * INPUTS + depth % INPUTS, down, right);
}

fn readA(window: vec3<i32>, tap: vec3<i32>) -> f32 {
  let at = window + tap;
  if (at.y < 0 || at.y >= HEIGHT || at.z < 0 || at.z >= WIDTH) { return 0; }
  return ${read("x", "at.x", storages[0])};
}

fn readB(depth: i32, column: i32) -> f32 {
  return weights[depth * OUTPUTS + column];
}

fn store(row: i32, column: i32, value: f32) {
  ${write("y", "row * OUTPUTS + column", "value", storages[2])}
}
${tiledProduct}`;
