import { tiledProduct } from "./tiled-product.wgsl.js";

/**
 * Products of many pairs of matrices, each stored along its depth or across it. Each z of the grid takes a part of the depth
 * of one pair and leaves a sum of its own: c is [parts, all results].
 * @param hasBias whether a vector is added to every row
 */
export const productWgsl = (hasBias: boolean): string => /* wgsl */ `
struct Settings {
  rows: i32,
  columns: i32,
  depth: i32,
  pairs: i32,
  parts: i32,
  /** Pairs between two steps of an operand's outer placement. */
  inner: i32,
  strideA: i32,
  outerA: i32,
  innerA: i32,
  strideB: i32,
  outerB: i32,
  innerB: i32,
  strideC: i32,
  outerC: i32,
  innerC: i32,
}

@group(0) @binding(0) var<storage, read> a: array<f32>;
@group(0) @binding(1) var<storage, read> b: array<f32>;
${hasBias ? "@group(0) @binding(2) var<storage, read> bias: array<f32>;" : ""}
@group(0) @binding(${hasBias ? 3 : 2}) var<storage, read_write> c: array<f32>;
@group(0) @binding(${hasBias ? 4 : 3}) var<uniform> settings: Settings;

var<private> firstA: i32;
var<private> firstB: i32;
var<private> firstC: i32;

fn extentOf(group: vec3<i32>, groups: vec3<i32>) -> Extent {
  let pair = group.z % settings.pairs;
  let part = group.z / settings.pairs;
  let outer = pair / settings.inner;
  let inner = pair % settings.inner;
  firstA = outer * settings.outerA + inner * settings.innerA;
  firstB = outer * settings.outerB + inner * settings.innerB;
  firstC = part * settings.pairs * settings.rows * settings.columns + outer * settings.outerC + inner * settings.innerC;
  let ofPart = (settings.depth + settings.parts - 1) / settings.parts;
  let begin = part * ofPart;
  return Extent(settings.rows, settings.columns, begin, min(begin + ofPart, settings.depth));
}

fn rowPlace(row: i32) -> vec3<i32> {
  return vec3(firstA + row * select(1, settings.strideA, A_ALONG_DEPTH == 1), 0, 0);
}

fn depthPlace(depth: i32) -> vec3<i32> {
  return vec3(depth * select(settings.strideA, 1, A_ALONG_DEPTH == 1), 0, 0);
}

fn readA(row: vec3<i32>, depth: vec3<i32>) -> f32 {
  return a[row.x + depth.x];
}

fn readB(depth: i32, column: i32) -> f32 {
  if (B_ALONG_DEPTH == 1) { return b[firstB + column * settings.strideB + depth]; }
  return b[firstB + depth * settings.strideB + column];
}

fn store(row: i32, column: i32, value: f32) {
  c[firstC + row * settings.strideC + column] = value${hasBias ? " + bias[column]" : ""};
}
${tiledProduct}`;
