import { type Html, html } from "../html.js";

const [width, height] = [132, 30];
/** Of the line's ends from the picture's. */
const margin = 3;

interface Trace {
  /** Ascending, at least two. */
  readonly epochs: readonly number[];
  /** In [0, 1]; NaN where there is none. */
  readonly values: readonly number[];
  readonly usual: readonly number[];
}

/** A score over the epochs as a line as high as a few of text, beside what trusted images have. */
export function traceLine({ epochs, values, usual }: Trace): Html {
  const known = values.filter((value) => !Number.isNaN(value));
  if (epochs.length < 2 || known.length === 0) return html``;
  const shown = values.map((value) => (Number.isNaN(value) ? "none" : value.toFixed(2))).slice(0, 12);
  const label = `Score in epochs ${epochs[0]} to ${epochs[epochs.length - 1]}: ${shown.join(", ")}${values.length > shown.length ? " …" : ""}`;
  return html`<svg class="trace" width="${width}" height="${height}" role="img" aria-label="${label}"><path class="usual" d="${lineOf(usual)}"/><path d="${lineOf(values)}"/></svg>`;
}

/** Path data; broken where a value is missing. */
function lineOf(values: readonly number[]): string {
  const x = (i: number) => margin + ((width - 2 * margin) * i) / (values.length - 1);
  const y = (value: number) => margin + (height - 2 * margin) * (1 - value);
  let isOn = false;
  return values
    .map((value, i) => {
      const step = Number.isNaN(value) ? "" : `${isOn ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}`;
      isOn = !Number.isNaN(value);
      return step;
    })
    .join("");
}
