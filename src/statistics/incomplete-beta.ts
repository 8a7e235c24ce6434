/**
 * The regularised incomplete beta function I_x(a, b): the share of a beta distribution below x. By its continued fraction
 * (DLMF 8.17.22), evaluated from the side on which it converges fast.
 * @param x in [0, 1]
 * @param a above 0, as is b
 * @returns in [0, 1], to about nine digits
 */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const logFactor = logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x);
  return (Math.exp(logFactor) / a) * continuedFraction(x, a, b);
}

/** The x with I_x(a, b) = `share`, by bisection. @param share in [0, 1] */
export function incompleteBetaInverse(share: number, a: number, b: number): number {
  let [below, above] = [0, 1];
  for (;;) {
    const middle = (below + above) / 2;
    if (middle === below || middle === above) return middle;
    if (incompleteBeta(middle, a, b) < share) below = middle;
    else above = middle;
  }
}

/** Lentz's method, which needs about sqrt(max(a, b)) steps. */
function continuedFraction(x: number, a: number, b: number): number {
  const tiny = 1e-300;
  const kept = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / kept(1 - ((a + b) * x) / (a + 1));
  let fraction = d;
  for (let m = 1; ; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    let change = 1;
    for (const term of [even, odd]) {
      d = 1 / kept(1 + term * d);
      c = kept(1 + term / c);
      change = c * d;
      fraction *= change;
    }
    if (Math.abs(change - 1) < 1e-15) return fraction;
  }
}

/** Lanczos' approximation (g = 7, nine coefficients) of ln Gamma(z), for z above 0. */
function logGamma(z: number): number {
  if (z < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * z)) - logGamma(1 - z);
  const t = z + 6.5;
  const series = lanczos.reduce((sum, coefficient, i) => sum + coefficient / (z - 1 + i));
  return 0.5 * Math.log(2 * Math.PI) + (z - 0.5) * Math.log(t) - t + Math.log(series);
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];
