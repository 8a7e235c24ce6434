/** A kind of texture. None changes its kind in a mirror, so that a horizontal flip keeps the label. */
export interface Texture {
  readonly name: string;
  /** Pixels from crest to crest, before jitter. */
  readonly period: number;
  /** The texture's waves; angles are multiples of the quarter turn. */
  readonly kind: "bands" | "checks" | "weave" | "rings";
  /** Turn of the texture, radians, before jitter. */
  readonly angle: number;
}

const fine = 3.4;
const coarse = 7.2;
const quarter = Math.PI / 2;

/** The ten textures of the synthetic dataset: class c is `textures[c]`. */
export const textures: readonly Texture[] = [
  { name: "fine rows", kind: "bands", period: fine, angle: quarter },
  { name: "coarse rows", kind: "bands", period: coarse, angle: quarter },
  { name: "fine columns", kind: "bands", period: fine, angle: 0 },
  { name: "coarse columns", kind: "bands", period: coarse, angle: 0 },
  { name: "fine diagonals", kind: "bands", period: fine, angle: quarter / 2 },
  { name: "coarse diagonals", kind: "bands", period: coarse, angle: quarter / 2 },
  { name: "fine checks", kind: "checks", period: fine * 1.6, angle: 0 },
  { name: "coarse checks", kind: "checks", period: coarse * 1.6, angle: 0 },
  { name: "weave", kind: "weave", period: 4.8, angle: 0 },
  { name: "rings", kind: "rings", period: 4.8, angle: 0 },
];

const bands = (period: number, angle: number): Texture => ({
  name: `bands of ${period}, turned by ${angle.toFixed(2)}`,
  kind: "bands",
  period,
  angle,
});

/** Textures of the same family that the dataset does not have, one a class of outside images. */
export const outsideTextures: readonly Texture[] = [
  ...[fine, 5, coarse, 11].flatMap((period) => [
    bands(period, quarter / 4),
    bands(period, (quarter * 3) / 4),
  ]),
  ...[5, 11].flatMap((period) => [bands(period, 0), bands(period, quarter / 2), bands(period, quarter)]),
  { name: "fine tilted checks", kind: "checks", period: fine * 1.6, angle: quarter / 2 },
  { name: "coarse tilted checks", kind: "checks", period: coarse * 1.6, angle: quarter / 2 },
  { name: "tilted weave", kind: "weave", period: 4.8, angle: quarter / 2 },
  { name: "coarse weave", kind: "weave", period: 8, angle: 0 },
  { name: "fine rings", kind: "rings", period: fine, angle: 0 },
  { name: "coarse rings", kind: "rings", period: coarse, angle: 0 },
];

/** How one image wears its texture. */
export interface TexturePlacement {
  /** Factor on the period, about 1. */
  readonly stretch: number;
  /** Added to the angle, radians. */
  readonly tilt: number;
  /** Diagonals lean to the other side. */
  readonly mirrored: boolean;
  /** Radians. */
  readonly phaseU: number;
  readonly phaseV: number;
  /** Centre of rings, pixels. */
  readonly x: number;
  readonly y: number;
}

/** The texture's brightness at a pixel, about -1..1. */
export function textureAt(
  texture: Texture,
  placement: TexturePlacement,
  column: number,
  row: number,
): number {
  const wave = (2 * Math.PI) / (texture.period * placement.stretch);
  const angle = (placement.mirrored ? -texture.angle : texture.angle) + placement.tilt;
  const u = wave * (column * Math.cos(angle) + row * Math.sin(angle)) + placement.phaseU;
  const v = wave * (row * Math.cos(angle) - column * Math.sin(angle)) + placement.phaseV;
  switch (texture.kind) {
    case "bands":
      return Math.sin(u);
    case "checks":
      return 1.4 * Math.sin(u) * Math.sin(v);
    case "weave":
      return 0.7 * (Math.sin(u) + Math.sin(v));
    case "rings":
      return Math.sin(
        wave * Math.sqrt((column - placement.x) ** 2 + (row - placement.y) ** 2) + placement.phaseU,
      );
  }
}
