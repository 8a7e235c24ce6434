import { createRequire } from "node:module";
import type { View } from "vega";
import type { TopLevelSpec } from "vega-lite";
import { writeFileAtomic } from "../files/atomic-file.js";

/** Pixels of the PNG per pixel of the specification. */
const scaleFactor = 2;

/**
 * Draws a figure as `<path>.png` and keeps its Vega-Lite specification, data included, as `<path>.vl.json`.
 * @param path without extension; folders are made
 * @returns the two files' paths
 */
export async function renderFigure(spec: TopLevelSpec, path: string): Promise<{ png: string; spec: string }> {
  const files = { png: `${path}.png`, spec: `${path}.vl.json` };
  await writeFileAtomic(files.spec, `${JSON.stringify(spec)}\n`);
  await writeFileAtomic(files.png, await drawPng(spec));
  return files;
}

const drawPng = (spec: TopLevelSpec): Promise<Uint8Array> =>
  draw(spec, async (view) => {
    const canvas: unknown = await view.toCanvas(scaleFactor);
    if (!isPngCanvas(canvas)) throw new Error("Vega did not find the package canvas.");
    return withSoftware(canvas.toBuffer("image/png"));
  });

/** A figure as SVG: text is text in it, and whatever stands in the specification is escaped. */
export const drawSvg = (spec: TopLevelSpec): Promise<string> => draw(spec, (view) => view.toSVG());

/** Vega and its canvas are loaded here, on first use: they take half a second. */
async function draw<T>(spec: TopLevelSpec, drawn: (view: View) => Promise<T>): Promise<T> {
  const [vega, { compile }] = await Promise.all([import("vega"), import("vega-lite"), registerFonts()]);
  // Vega reports its errors to its logger alone, and draws an empty picture.
  const problems: string[] = [];
  const logger = vega.logger(vega.Error, "error", (_method, _level, messages) =>
    problems.push([...messages].join(" ")),
  );
  const view = new vega.View(vega.parse(compile(spec, { logger }).spec), { renderer: "none", logger });
  try {
    const picture = await drawn(view);
    if (problems.length > 0) throw new Error(`Vega could not draw the figure: ${problems.join("; ")}`);
    return picture;
  } finally {
    view.finalize();
  }
}

/** PNG's entry for the program that drew a picture, its CRC-32 included: a figure of ours is known by it. */
const software = Buffer.from("\0\0\0\x13tEXtSoftware\0poisonspot\x1b\x27\x04\x2c", "latin1");
/** The signature and the size of the image, which come first. */
const headBytes = 33;

const withSoftware = (png: Uint8Array): Uint8Array =>
  Buffer.concat([png.subarray(0, headBytes), software, png.subarray(headBytes)]);

interface PngCanvas {
  toBuffer(type: "image/png"): Uint8Array;
}
const isPngCanvas = (value: unknown): value is PngCanvas =>
  typeof value === "object" && value !== null && "toBuffer" in value;

/** Figures look alike on every machine, and have text on one that has no fonts. Registering again does no harm. */
async function registerFonts(): Promise<void> {
  const { GlobalFonts } = await import("canvas");
  const { resolve } = createRequire(import.meta.url);
  for (const weight of [400, 600]) {
    // The family's old name: the new one ends in a digit, which the canvas cannot parse.
    const file = resolve(`@fontsource/source-sans-3/files/source-sans-3-latin-${weight}-normal.woff2`);
    GlobalFonts.registerFromPath(file, "Source Sans Pro");
  }
}
