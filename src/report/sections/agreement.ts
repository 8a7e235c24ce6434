import { formatCount } from "../../format.js";
import { type Html, html } from "../html.js";
import type { OtherDetector, Report } from "../model.js";
import { shownP, tableNumber } from "./table-number.js";

/** Other detectors, and how far they agree. */
export function agreementSection({ agreement }: Report): Html | undefined {
  if (agreement === undefined) return undefined;
  return html`
<section id="agreement" aria-labelledby="agreement-title">
<h2 id="agreement-title">Who agrees</h2>
<p class="note">Other detectors on the same images, each calibrated against the trusted ones in the same way (poisonspot compare). “Flags shared” are images flagged by both, of those flagged by one of the two; “rank correlation” is Spearman’s within a class. Both are with ${agreement.with}. Detectors that look at the same thing agree without confirming each other.</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="agreement-title">
<table class="sortable">
<thead><tr><th scope="col">Detector</th><th scope="col">Finding</th><th scope="col" class="n">corrected p</th><th scope="col" class="n">flagged</th><th scope="col" class="n">flags shared</th><th scope="col" class="n">rank correlation</th></tr></thead>
<tbody>${agreement.detectors.map(detectorRow)}</tbody>
</table>
</div>
</section>`;
}

const detectorRow = (one: OtherDetector): Html => {
  const isEvidence = one.finding === "evidence";
  return html`<tr class="${isEvidence ? "odd" : "quiet-row"}"><th scope="row">${one.title}</th><td>${
    isEvidence ? "▲ evidence" : `○ ${one.finding}`
  }</td>${tableNumber(one.p, shownP)}${tableNumber(one.flagged.count, (count) => `${formatCount(count)}/${formatCount(one.flagged.of)}`)}${tableNumber(
    one.jaccard,
    (value) => value.toFixed(2),
  )}${tableNumber(one.correlation, (value) => value.toFixed(2))}</tr>\n`;
};
