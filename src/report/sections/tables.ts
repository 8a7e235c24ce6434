import { shownPath } from "../../files/shown-path.js";
import { formatCount, percent } from "../../format.js";
import { clopperPearson } from "../../statistics/clopper-pearson.js";
import { intervalText } from "../../statistics/share.js";
import { type Html, html } from "../html.js";
import type { Measure, Report } from "../model.js";

/** Rates, each with its count and its exact interval. */
export function measureSection({ measures }: Report): Html | undefined {
  if (measures.length === 0) return undefined;
  return html`
<section id="measures" aria-labelledby="measures-title">
<h2 id="measures-title">Measured</h2>
<p class="note">Each share with its count and, in percent, the interval that holds the true one with a confidence of 95 % (Clopper and Pearson).</p>
${measures.map(
  ({ title, columns, rows }) => html`
<div class="scroll" tabindex="0" role="region" aria-label="${title}">
<table><caption>${title}</caption>
<thead><tr><td></td>${columns.map((name) => html`<th scope="col" class="n">${name}</th>`)}</tr></thead>
<tbody>${rows.map(
    ({ name, cells }) => html`<tr><th scope="row">${shownPath(name)}</th>${cells.map(measureCell)}</tr>\n`,
  )}</tbody></table>
</div>`,
)}
</section>`;
}

function measureCell(measure: Measure): Html {
  if (measure === undefined || measure.of === 0) return html`<td class="n">–</td>`;
  const { count, of } = measure;
  return html`<td class="n"><strong>${percent(count / of)}</strong> <span class="quiet">${formatCount(count)}/${formatCount(of)}<br>${intervalText(clopperPearson(count, of))}</span></td>`;
}

/** Settings, versions, digests, seeds. */
export const recordSection = ({ records }: Report): Html => html`
<section id="record" aria-labelledby="record-title">
<h2 id="record-title">Record</h2>
<div class="records">${records.map(
  ({ title, rows }) => html`
<table class="facts"><caption>${title}</caption><tbody>${rows.map(
    ({ name, value }) =>
      html`<tr><th scope="row"${name.startsWith("--") && html` class="flag"`}>${name}</th><td>${shownPath(value)}</td></tr>\n`,
  )}</tbody></table>`,
)}</div>
</section>`;
