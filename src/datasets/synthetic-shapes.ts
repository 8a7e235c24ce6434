/**
 * The ten figures of the synthetic dataset, as signed distances: negative inside, positive outside, in the unit of
 * (x, y), where the figure is centred at the origin and about 1 in radius.
 */
type SignedDistance = (x: number, y: number) => number;

/** How a figure's inside is painted: one colour, or two alternating in bands or squares. */
type Fill = "plain" | "stripes" | "checker";

interface Figure {
  readonly name: string;
  readonly distance: SignedDistance;
  readonly fill: Fill;
}

/** Math.hypot guards against overflow, at ten times the cost. */
const radiusAt = (x: number, y: number) => Math.sqrt(x * x + y * y);

const disc: SignedDistance = (x, y) => radiusAt(x, y) - 0.95;
const ring: SignedDistance = (x, y) => Math.abs(radiusAt(x, y) - 0.75) - 0.22;
const square: SignedDistance = (x, y) => Math.max(Math.abs(x), Math.abs(y)) - 0.82;
const frame: SignedDistance = (x, y) => Math.abs(Math.max(Math.abs(x), Math.abs(y)) - 0.68) - 0.2;
const triangle: SignedDistance = (x, y) => Math.max(-y, 0.866 * x + 0.5 * y, -0.866 * x + 0.5 * y) - 0.6;
const crescent: SignedDistance = (x, y) => Math.max(radiusAt(x, y) - 1, 0.8 - radiusAt(x - 0.5, y));
const cross: SignedDistance = (x, y) => {
  const [across, along] = [Math.min(Math.abs(x), Math.abs(y)), Math.max(Math.abs(x), Math.abs(y))];
  return Math.max(across - 0.3, along - 1.05);
};
/** Five points: the angle is folded into half a sector, which one straight edge bounds. */
const star: SignedDistance = (x, y) => {
  const sector = (2 * Math.PI) / 5;
  const angle = Math.atan2(y, x);
  const folded = Math.abs(angle - sector * Math.round(angle / sector));
  const radius = radiusAt(x, y);
  // The edge from the tip (1.15, 0) to the notch at radius 0.45, as a half-plane.
  const [notchX, notchY] = [0.45 * Math.cos(sector / 2), 0.45 * Math.sin(sector / 2)];
  const length = radiusAt(notchX - 1.15, notchY);
  return (notchY * (radius * Math.cos(folded) - 1.15) + (1.15 - notchX) * radius * Math.sin(folded)) / length;
};

/** Class c is `figures[c]`. */
export const figures: readonly Figure[] = [
  { name: "disc", distance: disc, fill: "plain" },
  { name: "square", distance: square, fill: "plain" },
  { name: "triangle", distance: triangle, fill: "plain" },
  { name: "cross", distance: cross, fill: "plain" },
  { name: "ring", distance: ring, fill: "plain" },
  { name: "star", distance: star, fill: "plain" },
  { name: "crescent", distance: crescent, fill: "plain" },
  { name: "frame", distance: frame, fill: "plain" },
  { name: "striped disc", distance: disc, fill: "stripes" },
  { name: "checkered square", distance: square, fill: "checker" },
];

/** Whether (x, y) takes the figure's second colour; `cell` is the width of a band or square. */
export function hasSecondColour(fill: Fill, x: number, y: number, cell: number): boolean {
  if (fill === "plain") return false;
  const column = Math.floor(x / cell);
  return (fill === "stripes" ? column : column + Math.floor(y / cell)) % 2 !== 0;
}
