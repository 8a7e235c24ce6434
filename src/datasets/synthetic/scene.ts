import type { Rng } from "../../random/rng.js";
import { figures } from "./shapes.js";
import type { TexturePlacement } from "./textures.js";

/** Height and width of an image, in pixels. */
export const IMAGE_SIDE = 32;

/** [red, green, blue], 0..255 */
export type Colour = readonly [number, number, number];

/** A small bar without meaning. Positions and lengths in pixels. */
export interface Blot {
  readonly x: number;
  readonly y: number;
  readonly cos: number;
  readonly sin: number;
  readonly halfLength: number;
  readonly halfWidth: number;
  readonly colour: Colour;
}

/** A colour gradient from one side to the other. */
interface Background {
  readonly from: Colour;
  readonly to: Colour;
  /** Direction of the gradient, per pixel: the colour is `from` + share * (`to` - `from`), share about 0..1. */
  readonly gradientX: number;
  readonly gradientY: number;
}

/** Kind, place, turn and colour of the figure. */
interface Placement {
  /** Which of the figures. */
  readonly shape: number;
  readonly x: number;
  readonly y: number;
  readonly cos: number;
  readonly sin: number;
  readonly radius: number;
  /** Square root of height over width, about 1. */
  readonly stretch: number;
  readonly colour: Colour;
  /** Grey levels added per radius across the figure. */
  readonly shade: number;
}

/** Everything that an image is made of but its class and its pixel noise. */
export interface Scene {
  readonly background: Background;
  readonly blots: readonly Blot[];
  readonly figure: Placement;
  /** The class's texture; `height` is its amplitude in each channel, in grey levels. */
  readonly texture: TexturePlacement & { readonly height: Colour };
  /** Standard deviation of the pixel noise, in grey levels. */
  readonly noise: number;
}

const between = (rng: Rng, low: number, high: number) => low + (high - low) * rng.uniform();
const drawColour = (rng: Rng): Colour => [
  between(rng, 105, 150),
  between(rng, 105, 150),
  between(rng, 105, 150),
];
const difference = (a: Colour, b: Colour) => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** A colour that can be told from the others: the most different of four draws. */
function drawContrast(rng: Rng, others: readonly Colour[]): Colour {
  const contrast = (colour: Colour) => Math.min(...others.map((other) => difference(colour, other)));
  const candidates = Array.from({ length: 4 }, () => drawColour(rng));
  return candidates.reduce((best, colour) => (contrast(colour) > contrast(best) ? colour : best));
}

function drawBackground(rng: Rng): Background {
  const gradientAngle = between(rng, 0, 2 * Math.PI);
  return {
    from: drawColour(rng),
    to: drawColour(rng),
    gradientX: Math.cos(gradientAngle) / IMAGE_SIDE,
    gradientY: Math.sin(gradientAngle) / IMAGE_SIDE,
  };
}

function drawBlot(rng: Rng): Blot {
  const angle = between(rng, 0, Math.PI);
  return {
    x: between(rng, 0, IMAGE_SIDE),
    y: between(rng, 0, IMAGE_SIDE),
    cos: Math.cos(angle),
    sin: Math.sin(angle),
    halfLength: between(rng, 1, 3),
    halfWidth: between(rng, 0.7, 1.6),
    colour: drawColour(rng),
  };
}

/** The figure stays away from the border, so that neither a crop nor a corner pattern hides it. */
function drawPlacement(rng: Rng, background: Background): Placement {
  const { from, to } = background;
  const middle: Colour = [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2, (from[2] + to[2]) / 2];
  const angle = between(rng, -0.35, 0.35);
  return {
    shape: rng.int(figures.length),
    x: between(rng, 12.5, 18.5),
    y: between(rng, 12.5, 18.5),
    cos: Math.cos(angle),
    sin: Math.sin(angle),
    radius: between(rng, 8, 11),
    stretch: between(rng, 0.85, 1.18),
    colour: drawContrast(rng, [from, middle, to]),
    shade: between(rng, -8, 8),
  };
}

/** Faint: a perturbation of a few levels can drown it, as it can the finer features of photographs. */
function drawTexture(rng: Rng): Scene["texture"] {
  const strength = between(rng, 3, 5.5);
  const channel = () => strength * between(rng, 0.6, 1);
  return {
    stretch: between(rng, 0.9, 1.1),
    tilt: between(rng, -0.12, 0.12),
    mirrored: rng.int(2) === 1,
    phaseU: between(rng, 0, 2 * Math.PI),
    phaseV: between(rng, 0, 2 * Math.PI),
    x: between(rng, 8, 24),
    y: between(rng, 8, 24),
    height: [channel(), channel(), channel()],
  };
}

/** Draws a scene. Nothing in it depends on the class. */
export function drawScene(rng: Rng): Scene {
  const background = drawBackground(rng);
  return {
    background,
    blots: Array.from({ length: rng.int(4) }, () => drawBlot(rng)),
    figure: drawPlacement(rng, background),
    texture: drawTexture(rng),
    noise: between(rng, 1.5, 4),
  };
}
