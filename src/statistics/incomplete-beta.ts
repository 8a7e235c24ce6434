/**
 * The regularised incomplete beta function I_x(a, b): the share of a beta distribution below x. By its continued fraction
 * (DLMF 8.17.22), evaluated from the side on which it converges fast.
 * @param x in (0, 1)
 * @param density x (1 - x) times the distribution's density at x
 * @param a above 0, as is b
 * @returns in [0, 1], to about nine digits
 */
function incompleteBeta(x: number, density: number, a: number, b: number): number {
  return x > (a + 1) / (a + b + 2)
    ? 1 - (density / b) * continuedFraction(1 - x, b, a)
    : (density / a) * continuedFraction(x, a, b);
}

/** Steps that are needed are about ten; where the density has no bound, some more. */
const maxSteps = 200;
/** Relative to what is near x; one more would be about its square. */
const smallStep = 1e-9;

/** The x with I_x(a, b) = `share`, by Newton's method, kept between bounds that hold x. @param share in (0, 1) */
export function incompleteBetaInverse(share: number, a: number, b: number): number {
  const logBeta = logGamma(a) + logGamma(b) - logGamma(a + b);
  let [below, above] = [0, 1];
  let x = a / (a + b);
  for (let step = 0; step < maxSteps; step++) {
    const density = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta);
    const excess = incompleteBeta(x, density, a, b) - share;
    if (excess < 0) below = x;
    else above = x;
    const newton = x - (excess * x * (1 - x)) / density;
    const next = newton > below && newton < above ? newton : (below + above) / 2;
    if (Math.abs(next - x) <= smallStep * x * (1 - x)) return next;
    x = next;
  }
  return x;
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
