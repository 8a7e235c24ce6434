import { type ConvolutionGeometry, kernels } from "../engine/kernels/index.js";
import { tf } from "../engine/tf.js";

/**
 * A dense product costs |channels in| x |channels out| multiply-adds a position, gathering a few memory accesses a
 * wanted element; a memory access here costs about as much as this many multiply-adds.
 */
const gatherCost = 100;

type FilterShape = readonly [number, number, number, number];

/** The wanted elements of one filter position (i, j). */
interface Tap {
  readonly row: number;
  readonly column: number;
  /** Places of these elements in the list of all wanted ones. */
  readonly places: number[];
  readonly inputs: number[];
  readonly outputs: number[];
}

/**
 * Per-sample gradient of a convolution's filter at chosen elements: for sample n and element (i, j, ci, co) the sum over
 * output positions of padded input[n, r*s+i, c*s+j, ci] * dy[n, r, c, co].
 * @param x float32 [N, H, W, Cin]
 * @param dy float32 [N, H', W', Cout]
 * @param elements indices into the flattened [kh, kw, Cin, Cout] filter
 * @returns float32 [N, elements.length]
 */
export function sampleFilterGradient(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: FilterShape,
  geometry: ConvolutionGeometry,
  elements: Int32Array,
): tf.Tensor2D {
  const own = kernels().sampleFilterGradient?.(x, dy, filterShape, geometry, elements);
  if (own !== undefined) return own;
  if (kernels().fastFilterGradient && isWorthDense(dy, filterShape, elements.length)) {
    return sampleBySample(x, dy, filterShape, geometry, elements);
  }
  const { stride, pad } = geometry;
  return tf.tidy(() => {
    const [n, outputHeight, outputWidth, outputs] = dy.shape;
    const positions = outputHeight * outputWidth;
    const taps = groupByTap(elements, filterShape);
    const padded = pad === 0 ? x : tf.pad(x, [[0, 0], [pad, pad], [pad, pad], [0, 0]]); // biome-ignore format: a shape
    const gradients = tf.reshape(dy, [n, positions, outputs]) as tf.Tensor3D;
    const parts = taps.map((tap) =>
      tf.tidy(() => {
        const lattice = {
          row: tap.row,
          column: tap.column,
          height: outputHeight,
          width: outputWidth,
          stride,
        };
        const seen = kernels().pick(padded, lattice);
        return tapGradient(tf.reshape(seen, [n, positions, x.shape[3]]) as tf.Tensor3D, gradients, tap);
      }),
    );
    const order = new Int32Array(elements.length);
    let at = 0;
    for (const tap of taps) for (const place of tap.places) order[place] = at++;
    const inTapOrder = parts.length === 1 ? parts[0] : tf.concat(parts, 1);
    return tf.gather(inTapOrder, tf.tensor1d(order, "int32"), 1);
  });
}

/**
 * Whether all of the filter's gradient costs less than gathering the wanted elements one by one: each costs about
 * `gatherCost` multiply-adds a position.
 */
const isWorthDense = (dy: tf.Tensor4D, filterShape: FilterShape, wanted: number): boolean =>
  wanted * gatherCost >= filterShape.reduce((a, b) => a * b, 1) || dy.shape[0] < 4;

/** The engine's own filter gradient for each sample alone, of which the wanted elements are kept at once. */
function sampleBySample(
  x: tf.Tensor4D,
  dy: tf.Tensor4D,
  filterShape: FilterShape,
  geometry: ConvolutionGeometry,
  elements: Int32Array,
): tf.Tensor2D {
  return tf.tidy(() => {
    const wanted = tf.tensor1d(elements, "int32");
    const one = (t: tf.Tensor4D, n: number) =>
      tf.slice(t, [n, 0, 0, 0], [1, t.shape[1], t.shape[2], t.shape[3]]);
    const rows = Array.from({ length: x.shape[0] }, (_, n) =>
      tf.tidy(() => {
        const dense = kernels().convolutionFilterGradient(one(x, n), one(dy, n), filterShape, geometry);
        return tf.gather(tf.reshape(dense, [-1]), wanted);
      }),
    );
    return tf.stack(rows) as tf.Tensor2D;
  });
}

function groupByTap(elements: Int32Array, filterShape: readonly number[]): Tap[] {
  const [, width, inputs, outputs] = filterShape;
  const taps = new Map<number, Tap>();
  for (let place = 0; place < elements.length; place++) {
    const output = elements[place] % outputs;
    const input = Math.floor(elements[place] / outputs) % inputs;
    const position = Math.floor(elements[place] / (outputs * inputs));
    let tap = taps.get(position);
    if (!tap) {
      tap = {
        row: Math.floor(position / width),
        column: position % width,
        places: [],
        inputs: [],
        outputs: [],
      };
      taps.set(position, tap);
    }
    tap.places.push(place);
    tap.inputs.push(input);
    tap.outputs.push(output);
  }
  return [...taps.values()];
}

/**
 * @param seen float32 [N, positions, Cin], what this filter position saw
 * @param dy float32 [N, positions, Cout]
 * @returns float32 [N, tap.places.length]
 */
function tapGradient(seen: tf.Tensor3D, dy: tf.Tensor3D, tap: Tap): tf.Tensor2D {
  const inputs = distinct(tap.inputs, seen.shape[2]);
  const outputs = distinct(tap.outputs, dy.shape[2]);
  const wanted = tap.places.length;
  if (wanted * gatherCost < inputs.values.length * outputs.values.length) {
    const pick = (x: tf.Tensor3D, channels: number[]) => tf.gather(x, tf.tensor1d(channels, "int32"), 2);
    return tf.sum(tf.mul(pick(seen, tap.inputs), pick(dy, tap.outputs)), 1);
  }
  const product = tf.matMul(select(seen, inputs.values), select(dy, outputs.values), true, false);
  const flat = tf.reshape(product, [seen.shape[0], inputs.values.length * outputs.values.length]);
  const cells = tap.inputs.map(
    (input, k) => inputs.place[input] * outputs.values.length + outputs.place[tap.outputs[k]],
  );
  return tf.gather(flat, tf.tensor1d(cells, "int32"), 1) as tf.Tensor2D;
}

function select(x: tf.Tensor3D, channels: Int32Array): tf.Tensor3D {
  return channels.length === x.shape[2] ? x : tf.gather(x, tf.tensor1d(channels, "int32"), 2);
}

/** The distinct values ascending, and the place of each among them. */
function distinct(values: number[], bound: number): { values: Int32Array; place: Int32Array } {
  const sorted = Int32Array.from(new Set(values)).sort();
  const place = new Int32Array(bound);
  sorted.forEach((value, index) => {
    place[value] = index;
  });
  return { values: sorted, place };
}
