/**
 * C = A B, in tiles of TILE_ROWS x TILE_COLUMNS that a workgroup makes, TILE_DEPTH products deep at a time; a thread makes
 * THREAD_ROWS x 4 of them. The order of a sum is that of its depth whatever the tiles, so that they do not change the result.
 *
 * Whoever uses it declares, for its own operands:
 *   struct Extent { rows, columns, begin, end }   fn extentOf(group, groups)   the product's size, and the depths of this group
 *   fn rowPlace(row) / fn depthPlace(depth)       what of an address in A follows from each alone, vec3<i32>
 *   fn readA(rowPlace, depthPlace)                an element of A; 0 outside
 *   fn readB(depth, column)                       an element of B; only inside
 *   fn store(row, column, value)
 * A_ALONG_DEPTH and B_ALONG_DEPTH say along which side an operand lies in memory, so that neighbouring threads read neighbours.
 */
export const tiledProduct = /* wgsl */ `
struct Extent {
  rows: i32,
  columns: i32,
  begin: i32,
  end: i32,
}

const ROW_QUADS = TILE_ROWS / 4;
const COLUMN_QUADS = TILE_COLUMNS / 4;
const THREAD_QUADS = THREAD_ROWS / 4;
const THREADS = (TILE_ROWS / THREAD_ROWS) * COLUMN_QUADS;
const A_LOADS = TILE_DEPTH * ROW_QUADS / THREADS;
const B_LOADS = TILE_DEPTH * COLUMN_QUADS / THREADS;
/** One more than there are: threads that write one below the other then meet different banks. */
const A_PITCH = ROW_QUADS + 1;
const B_PITCH = COLUMN_QUADS + 1;

/** Four rows of A, or four columns of B, at one depth. */
var<workgroup> tileA: array<vec4<f32>, TILE_DEPTH * A_PITCH>;
var<workgroup> tileB: array<vec4<f32>, TILE_DEPTH * B_PITCH>;

/** Depth and quad that a thread fills. */
fn placeA(slot: i32) -> vec2<i32> {
  if (A_ALONG_DEPTH == 1) { return vec2(slot % TILE_DEPTH, slot / TILE_DEPTH); }
  return vec2(slot / ROW_QUADS, slot % ROW_QUADS);
}
fn placeB(slot: i32) -> vec2<i32> {
  if (B_ALONG_DEPTH == 1) { return vec2(slot % TILE_DEPTH, slot / TILE_DEPTH); }
  return vec2(slot / COLUMN_QUADS, slot % COLUMN_QUADS);
}

@compute @workgroup_size(THREADS)
fn main(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) invocation: u32,
) {
  let extent = extentOf(vec3<i32>(group), vec3<i32>(groups));
  let thread = i32(invocation);
  let firstRow = i32(group.y) * TILE_ROWS;
  let firstColumn = i32(group.x) * TILE_COLUMNS;

  var rowPlaces: array<array<vec3<i32>, 4>, A_LOADS>;
  for (var load = 0; load < A_LOADS; load++) {
    let row = firstRow + 4 * placeA(thread + load * THREADS).y;
    for (var i = 0; i < 4; i++) {
      rowPlaces[load][i] = rowPlace(min(row + i, extent.rows - 1));
    }
  }

  let ownColumn = thread % COLUMN_QUADS;
  let ownRow = thread / COLUMN_QUADS;
  var sums: array<vec4<f32>, THREAD_ROWS>;
  for (var begin = extent.begin; begin < extent.end; begin += TILE_DEPTH) {
    for (var load = 0; load < A_LOADS; load++) {
      let place = placeA(thread + load * THREADS);
      let depth = begin + place.x;
      var quad = vec4<f32>();
      if (depth < extent.end) {
        let at = depthPlace(depth);
        quad = vec4(
          readA(rowPlaces[load][0], at),
          readA(rowPlaces[load][1], at),
          readA(rowPlaces[load][2], at),
          readA(rowPlaces[load][3], at),
        );
      }
      tileA[place.x * A_PITCH + place.y] = quad;
    }
    for (var load = 0; load < B_LOADS; load++) {
      let place = placeB(thread + load * THREADS);
      let depth = begin + place.x;
      let column = firstColumn + 4 * place.y;
      var quad = vec4<f32>();
      if (depth < extent.end) {
        for (var i = 0; i < 4; i++) {
          if (column + i < extent.columns) { quad[i] = readB(depth, column + i); }
        }
      }
      tileB[place.x * B_PITCH + place.y] = quad;
    }
    workgroupBarrier();

    for (var depth = 0; depth < TILE_DEPTH; depth++) {
      let b = tileB[depth * B_PITCH + ownColumn];
      for (var quad = 0; quad < THREAD_QUADS; quad++) {
        let a = tileA[depth * A_PITCH + ownRow * THREAD_QUADS + quad];
        sums[4 * quad] = fma(vec4(a.x), b, sums[4 * quad]);
        sums[4 * quad + 1] = fma(vec4(a.y), b, sums[4 * quad + 1]);
        sums[4 * quad + 2] = fma(vec4(a.z), b, sums[4 * quad + 2]);
        sums[4 * quad + 3] = fma(vec4(a.w), b, sums[4 * quad + 3]);
      }
    }
    workgroupBarrier();
  }

  for (var i = 0; i < THREAD_ROWS; i++) {
    let row = firstRow + ownRow * THREAD_ROWS + i;
    for (var j = 0; j < 4; j++) {
      let column = firstColumn + 4 * ownColumn + j;
      if (row < extent.rows && column < extent.columns) { store(row, column, sums[i][j]); }
    }
  }
}
`;
