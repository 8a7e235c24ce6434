import { tiledProduct } from "./tiled-product.wgsl.js";

/**
 * Products of many pairs of matrices, each stored along its depth or across it. Each z of the grid takes a part of the depth
 * of one pair and leaves a sum of its own: c is [parts, pairs, rows, columns].
 */
export const productWgsl = /* wgsl */ `
struct Settings {
  rows: i32,
  columns: i32,
  depth: i32,
  pairs: i32,
  parts: i32,
  /** From one matrix to the next; 0 where there is but one for all pairs. */
  stepA: i32,
  stepB: i32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
@group(0) @binding(2) var<storage, read_write> c: array<f32>;
@group(0) @binding(3) var<uniform> settings: Settings;

var<private> firstA: i32;
var<private> firstB: i32;
var<private> firstC: i32;

fn extentOf(group: vec3<i32>, groups: vec3<i32>) -> Extent {
  let pair = group.z % settings.pairs;
  firstA = pair * settings.stepA;
  firstB = pair * settings.stepB;
  firstC = group.z * settings.rows * settings.columns;
  let ofPart = (settings.depth + settings.parts - 1) / settings.parts;
  let begin = group.z / settings.pairs * ofPart;
  return Extent(settings.rows, settings.columns, begin, min(begin + ofPart, settings.depth));
}

fn rowPlace(row: i32) -> vec3<i32> {
  return vec3(firstA + row * select(1, settings.depth, A_ALONG_DEPTH == 1), 0, 0);
}

fn depthPlace(depth: i32) -> vec3<i32> {
  return vec3(depth * select(settings.rows, 1, A_ALONG_DEPTH == 1), 0, 0);
}

fn readA(row: vec3<i32>, depth: vec3<i32>) -> f32 {
  return a[row.x + depth.x];
}

fn readB(depth: i32, column: i32) -> f32 {
  if (B_ALONG_DEPTH == 1) { return b[firstB + column * settings.depth + depth]; }
  return b[firstB + depth * settings.columns + column];
}

fn store(row: i32, column: i32, value: f32) {
  c[firstC + row * settings.columns + column] = value;
}
${tiledProduct}`;
