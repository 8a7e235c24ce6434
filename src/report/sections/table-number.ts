import { formatCount } from "../../format.js";
import { type Html, html } from "../html.js";

/** A cell that a table is sorted by; "–" where nothing was measured. */
export const tableNumber = (
  value: number | undefined,
  shown: (value: number) => string = formatCount,
): Html => html`<td class="n" data-v="${value ?? ""}">${value === undefined ? "–" : shown(value)}</td>`;

export const shownP = (p: number): string => (p < 1e-4 ? p.toExponential(0) : p.toPrecision(2));
