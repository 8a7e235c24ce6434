/**
 * A figure as a signed distance: negative inside, positive outside, in the unit of (x, y), where the figure is centred at
 * the origin and about 1 in radius.
 */
type SignedDistance = (x: number, y: number) => number;

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

/** What an image may show; it tells nothing about the class. */
export const figures: readonly SignedDistance[] = [
  disc,
  square,
  triangle,
  cross,
  ring,
  star,
  crescent,
  frame,
];
