import { shownPath } from "../../files/shown-path.js";
import { type Html, html } from "../html.js";
import type { ClassFinding, Report } from "../model.js";
import { tableNumber } from "./table-number.js";

/** Every class of a scan without trusted images, most unusual first. */
export function rankedClassSection({ classes, suspects }: Report): Html {
  const groups = new Map(suspects.map(({ className }, i) => [className, i]));
  const scores = [...new Set(classes.flatMap(({ rankings = [] }) => rankings.map(({ score }) => score)))];
  return html`
<section id="classes" aria-labelledby="classes-title">
<h2 id="classes-title">Classes</h2>
<p class="note">Most unusual first. How skewed the scores of a class are, less the median of the other classes: large where few images share something that the others lack. Around 0 is usual. No number here says anything of chance.</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="classes-title">
<table class="sortable">
<thead><tr><th scope="col">Class</th>${scores.map((score) => html`<th scope="col" class="n">${score}, skewness above others</th>`)}<th scope="col" class="n">images</th></tr></thead>
<tbody>${classes.map((one) => rankedRow(one, scores, groups.get(one.name)))}</tbody>
</table>
</div>
</section>`;
}

function rankedRow(
  { name, rankings = [], suspects }: ClassFinding,
  scores: readonly string[],
  group: number | undefined,
): Html {
  const aboveOthers = new Map(rankings.map((one) => [one.score, one.aboveOthers]));
  const shown = html`<bdi>${shownPath(name)}</bdi>`;
  return html`<tr><th scope="row">${group === undefined ? shown : html`<a href="#suspects-${group}">${shown}</a>`}</th>${scores.map(
    (score) => tableNumber(aboveOthers.get(score), signed),
  )}${tableNumber(suspects)}</tr>\n`;
}

const signed = (value: number): string => (value < 0 ? `−${(-value).toFixed(2)}` : value.toFixed(2));
