// Benchmarks: npm run bench -- NAME [--json] [--figure PATH.png]; without a name it says which there are. That of a scan takes
// --images, --side and --epochs as well; that of a GPU --images and --side, and --software to try it without one.
import { parseArgs } from "node:util";
import { renderFigure } from "../src/plots/render.js";
import { attack } from "./bench/attack.js";
import { batchLevel } from "./bench/batch-level.js";
import { capture } from "./bench/capture.js";
import { curvesFigure } from "./bench/curves.js";
import type { Benchmark, Figure } from "./bench/figure.js";
import { forest } from "./bench/forest.js";
import { gpu } from "./bench/gpu.js";
import { gradientRange } from "./bench/gradient-range.js";
import { growth } from "./bench/growth.js";
import { listing } from "./bench/listing.js";
import { scanBenchmark } from "./bench/scan.js";
import { scoring } from "./bench/scoring.js";
import { start } from "./bench/start.js";
import { sweep } from "./bench/sweep.js";
import { trainingStep } from "./bench/training-step.js";
import { wasm } from "./bench/wasm.js";
import { whole } from "./bench/whole.js";

const benchmarks: Record<string, Benchmark> = {
  "training-step": trainingStep,
  capture,
  "batch-level": batchLevel,
  forest,
  attack,
  wasm,
  scoring,
  growth,
  listing,
  gpu,
  "gradient-range": gradientRange,
  start,
  sweep,
  whole,
  scan: scanBenchmark,
};

const { values, positionals } = parseArgs({
  options: {
    json: { type: "boolean" },
    figure: { type: "string" },
    images: { type: "string" },
    side: { type: "string" },
    epochs: { type: "string" },
    software: { type: "boolean" },
  },
  allowPositionals: true,
});
const [name] = positionals;
if (positionals.length !== 1 || !Object.hasOwn(benchmarks, name)) {
  console.error(
    `Usage: npm run bench -- NAME [--json] [--figure PATH.png]\nNAME: ${Object.keys(benchmarks).join(", ")}`,
  );
  process.exit(2);
}
const number = (text: string | undefined) => (text === undefined ? undefined : Number(text));
const size = {
  images: number(values.images),
  side: number(values.side),
  epochs: number(values.epochs),
  software: values.software,
};
const figures: Figure[] = [];
for await (const figure of benchmarks[name](size)) {
  figures.push(figure);
  console.log(values.json ? JSON.stringify(figure) : line(figure));
}
if (values.figure) {
  const path = values.figure.replace(/\.png$/, "");
  await renderFigure(curvesFigure(`npm run bench -- ${name}`, figures), path);
}
process.exit(0);

function line({ name, value, unit, ratio, against, goal }: Figure): string {
  const compared = ratio === undefined ? "" : `, ${ratio} x ${against}`;
  return `${name}: ${value} ${unit}${compared}${goal ? ` (goal ${goal})` : ""}`;
}
