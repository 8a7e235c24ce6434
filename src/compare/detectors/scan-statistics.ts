import { EigenvalueDecomposition, inverse, Matrix as Square } from "ml-matrix";
import { indicesOfClass } from "../../datasets/select.js";
import type { Rng } from "../../random/rng.js";
import { median, medianDeviation } from "../../statistics/median.js";
import { centre, principalComponents, scatter, squaredDistance } from "../components.js";
import type { Detector } from "../detector.js";
import { twoMeans } from "../two-means.js";

const mostDimensions = 64;
/** J* above which a class is bad, and the fewest classes whose spread says what is usual. */
const [badness, fewestClasses] = [Math.E ** 2, 5];
const [mostRounds, tolerance] = [100, 1e-5];

type Rows = readonly Float64Array[];

/**
 * SCAn (Tang et al., USENIX Security 2021): whether a class's activations are better explained by two groups that vary as the classes of
 * trusted images do. An image's score is what it adds to that.
 */
export const scanStatistics: Detector = {
  title: "SCAn",
  about: `on ${mostDimensions} principal components; own cut: of a class with J* above e^2 the group with fewer trusted images. Scores are not set to 0 in other classes`,
  usesTrusted: true,
  hasOwnCut: true,
  missing: ({ pass }) =>
    pass.numClasses < fewestClasses ? `it compares classes, at least ${fewestClasses}` : undefined,
  score({ label, members, pass }, trusted, rng) {
    const trustedRows = [...Array.from(trusted.members, (member) => members[member]), ...trusted.others];
    const dimensions = Math.min(mostDimensions, Math.floor(trustedRows.length / 4));
    const x = principalComponents(pass.features, dimensions);
    const model = classModel(trustedRows.map((row) => ({ x: x[row], label: pass.labels[row] })));
    const split = (rows: Int32Array, stream: string): Split =>
      splitOf(
        Array.from(rows, (row) => x[row]),
        model,
        rng.fork(stream),
      );
    const own = split(members, "own");
    const others = [...Array(pass.numClasses).keys()]
      .filter((one) => one !== label)
      .map((one) => indicesOfClass(pass.labels, one))
      .filter((rows) => rows.length > 1)
      .map((rows) => split(rows, `class-${pass.labels[rows[0]]}`));
    const all = [own, ...others].map(({ terms }) => meanOf(terms));
    const middle = median(all);
    const spread = 1.4826 * medianDeviation(all, middle);
    const isBad = Math.abs(meanOf(own.terms) - middle) > badness * spread;
    const inOne = trusted.members.reduce((count, member) => count + own.cluster[member], 0);
    const fewer = 2 * inOne <= trusted.members.length ? 1 : 0;
    return { scores: own.terms, flagged: own.cluster.map((mark) => (isBad && mark === fewer ? 1 : 0)) };
  },
};

/** How classes differ, and how images differ in a class. */
interface ClassModel {
  readonly between: Square;
  readonly within: Square;
  /** Brings `within` to the identity. */
  readonly whiten: (row: Float64Array) => Float64Array;
}

/** Expectation and maximisation of x = class mean + residual, both normal. */
function classModel(trusted: readonly { readonly x: Float64Array; readonly label: number }[]): ClassModel {
  const classes = new Map<number, Float64Array[]>();
  for (const { x, label } of trusted) classes.set(label, [...(classes.get(label) ?? []), x]);
  const groups = [...classes.values()];
  let means = groups.map(centre);
  let [between, within] = [covariance(means), covariance(residuals(groups, means))];
  for (let round = 0; round < mostRounds; round++) {
    const model = { between, within };
    means = groups.map((rows) => classMean(rows, model));
    const next = { between: covariance(means), within: covariance(residuals(groups, means)) };
    const moved = distance(next.between, between) + distance(next.within, within);
    ({ between, within } = next);
    if (moved < tolerance) break;
  }
  return { between, within, whiten: whitening(within) };
}

/** S_u (n S_u + S_e)^-1 times the sum of the rows. */
function classMean(rows: Rows, { between, within }: Pick<ClassModel, "between" | "within">): Float64Array {
  const sum = centre(rows).map((value) => value * rows.length);
  const inverted = inverse(Square.add(Square.mul(between, rows.length), within), true);
  return Float64Array.from(
    between
      .mmul(inverted)
      .mmul(Square.columnVector(Array.from(sum)))
      .to1DArray(),
  );
}

const residuals = (groups: readonly Rows[], means: Rows): Float64Array[] =>
  groups.flatMap((rows, k) => rows.map((row) => row.map((value, c) => value - means[k][c])));

function covariance(rows: Rows): Square {
  const mean = centre(rows);
  const centred = rows.map((row) => row.map((value, c) => value - mean[c]));
  return scatter(centred, mean.length).div(Math.max(1, rows.length - 1));
}

const distance = (a: Square, b: Square): number => Square.sub(a, b).norm("frobenius");

/** Rows times the square root of the pseudo-inverse. */
function whitening(within: Square): ClassModel["whiten"] {
  const { realEigenvalues, eigenvectorMatrix } = new EigenvalueDecomposition(within, {
    assumeSymmetric: true,
  });
  const largest = realEigenvalues.reduce((a, b) => Math.max(a, b), 0);
  const directions = realEigenvalues.flatMap((value, k) =>
    value > 1e-12 * largest
      ? [eigenvectorMatrix.getColumn(k).map((weight) => weight / Math.sqrt(value))]
      : [],
  );
  return (row) =>
    Float64Array.from(directions, (direction) =>
      row.reduce((sum, value, c) => sum + value * direction[c], 0),
    );
}

interface Split {
  readonly cluster: Uint8Array;
  /** float64 [rows], what each row adds to J: its squared distance from the class mean, less that from its group's */
  readonly terms: Float64Array;
}

function splitOf(rows: Rows, model: ClassModel, rng: Rng): Split {
  const whitened = rows.map(model.whiten);
  const { cluster, centres } = twoMeans(whitened, rng);
  const mean = model.whiten(classMean(rows, model));
  const terms = Float64Array.from(
    whitened,
    (row, i) => squaredDistance(row, mean) - squaredDistance(row, centres[cluster[i]]),
  );
  return { cluster, terms };
}

const meanOf = (values: Float64Array): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;
