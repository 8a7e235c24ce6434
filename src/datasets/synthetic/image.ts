import type { Rng } from "../../random/rng.js";
import { mix32 } from "../mix32.js";
import { type Blot, type Colour, drawScene, IMAGE_SIDE, type Scene } from "./scene.js";
import { figures } from "./shapes.js";
import { type Texture, textureAt } from "./textures.js";

/** One image being painted: float32 [32, 32, 3], in grey levels. */
type Canvas = Float32Array;

const CENTRE = (IMAGE_SIDE - 1) / 2;

/** How much of a pixel lies inside, 0..1, when its centre is `distance` pixels from the edge. */
function coverage(distance: number): number {
  return Math.min(1, Math.max(0, 0.5 - distance));
}

/** Paints `colour`, lightened by `lift` levels, over the pixel at `position` with `weight` 0..1. */
function blend(canvas: Canvas, position: number, colour: Colour, weight: number, lift: number): void {
  if (weight === 0) return;
  for (let c = 0; c < 3; c++) canvas[position + c] += weight * (colour[c] + lift - canvas[position + c]);
}

function paintBackground(canvas: Canvas, { background }: Scene): void {
  const { from, to, gradientX, gradientY } = background;
  for (let pixel = 0; pixel < IMAGE_SIDE * IMAGE_SIDE; pixel++) {
    const dx = (pixel % IMAGE_SIDE) - CENTRE;
    const dy = Math.floor(pixel / IMAGE_SIDE) - CENTRE;
    const share = 0.5 + gradientX * dx + gradientY * dy;
    for (let c = 0; c < 3; c++) canvas[pixel * 3 + c] = from[c] + share * (to[c] - from[c]);
  }
}

function paintBlot(canvas: Canvas, blot: Blot): void {
  for (let pixel = 0; pixel < IMAGE_SIDE * IMAGE_SIDE; pixel++) {
    const dx = (pixel % IMAGE_SIDE) - blot.x;
    const dy = Math.floor(pixel / IMAGE_SIDE) - blot.y;
    const along = Math.abs(dx * blot.cos + dy * blot.sin) - blot.halfLength;
    const across = Math.abs(dy * blot.cos - dx * blot.sin) - blot.halfWidth;
    blend(canvas, pixel * 3, blot.colour, coverage(Math.max(along, across)), 0);
  }
}

function paintFigure(canvas: Canvas, scene: Scene): void {
  const { x, y, cos, sin, radius, stretch, shape, colour, shade } = scene.figure;
  const distance = figures[shape];
  for (let pixel = 0; pixel < IMAGE_SIDE * IMAGE_SIDE; pixel++) {
    const dx = ((pixel % IMAGE_SIDE) - x) / radius;
    const dy = (Math.floor(pixel / IMAGE_SIDE) - y) / radius;
    const u = (dx * cos + dy * sin) * stretch;
    const v = (dy * cos - dx * sin) / stretch;
    blend(canvas, pixel * 3, colour, coverage(distance(u, v) * radius), shade * u);
  }
}

/** Lays a texture over everything, in a colour of its own. */
function paintTexture(canvas: Canvas, { texture: placement }: Scene, texture: Texture): void {
  for (let pixel = 0; pixel < IMAGE_SIDE * IMAGE_SIDE; pixel++) {
    const value = textureAt(texture, placement, pixel % IMAGE_SIDE, Math.floor(pixel / IMAGE_SIDE));
    for (let c = 0; c < 3; c++) canvas[pixel * 3 + c] += value * placement.height[c];
  }
}

/**
 * Rounds a canvas to levels, with independent noise on every value.
 * @param deviation standard deviation of the noise, in grey levels
 * @param out uint8 [32, 32, 3], clamped to 0..255
 */
function addNoise(canvas: Canvas, deviation: number, key: number, out: Uint8ClampedArray): void {
  // Ten bits of a pixel's hash for each channel: uniform, with a deviation of 1024 / sqrt(12) before scaling.
  const scale = (deviation * Math.sqrt(12)) / 1024;
  for (let i = 0; i < canvas.length; i += 3) {
    const hash = mix32(key + Math.imul(i, 0x9e3779b9));
    out[i] = canvas[i] + scale * ((hash & 1023) - 511.5);
    out[i + 1] = canvas[i + 1] + scale * (((hash >>> 10) & 1023) - 511.5);
    out[i + 2] = canvas[i + 2] + scale * (((hash >>> 20) & 1023) - 511.5);
  }
}

/**
 * Paints one image of a class: the class's texture with random phase, period, tilt, strength and colour, over a
 * scene that tells nothing about the class (a figure, bars, a gradient), with pixel noise.
 * @param out uint8 [N, 32, 32, 3]; the image is written at `offset`
 */
export function paintImage(rng: Rng, texture: Texture, out: Uint8Array, offset: number): void {
  const scene = drawScene(rng);
  const noiseKey = rng.seed();
  const canvas = new Float32Array(IMAGE_SIDE * IMAGE_SIDE * 3);
  paintBackground(canvas, scene);
  for (const blot of scene.blots) paintBlot(canvas, blot);
  paintFigure(canvas, scene);
  paintTexture(canvas, scene, texture);
  addNoise(
    canvas,
    scene.noise,
    noiseKey,
    new Uint8ClampedArray(out.buffer, out.byteOffset + offset, canvas.length),
  );
}
