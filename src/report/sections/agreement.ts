import { type Share, shareText } from "../../statistics/share.js";
import { type Html, html } from "../html.js";
import type { OtherDetector, Report } from "../model.js";
import { shownP, tableNumber } from "./table-number.js";

/** Other detectors, how far they agree, and where it is known how right they are. */
export function agreementSection({ agreement }: Report): Html | undefined {
  if (agreement === undefined) return undefined;
  const { own, detectors } = agreement;
  const isTruthKnown = detectors.some(({ truth }) => truth !== undefined);
  return html`
<section id="agreement" aria-labelledby="agreement-title">
<h2 id="agreement-title">Who agrees</h2>
<p class="note">Other detectors on the same images, each calibrated against the trusted ones in the same way (poisonspot compare). “Flags shared” are images flagged by both, of those flagged by one of the two; “rank correlation” is Spearman’s within a class. Both are with ${agreement.with}. Detectors that look at the same thing agree without confirming each other. Counts have exact 95 % intervals in percent (Clopper and Pearson)${
    isTruthKnown && ", areas under the curve Newcombe’s"
  }.${detectors.some(({ assumesShare }) => assumesShare) && " With a star: was told how much poison there is, which nobody knows who looks for it."}</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="agreement-title">
<table class="sortable">
<thead><tr><th scope="col">Detector</th><th scope="col">Finding</th><th scope="col" class="n">corrected p</th>${
    isTruthKnown
      ? html`<th scope="col" class="n">poisons flagged</th><th scope="col" class="n">clean flagged</th><th scope="col" class="n">AUC</th>`
      : html`<th scope="col" class="n">flagged</th>`
  }<th scope="col" class="n">flags shared</th><th scope="col" class="n">rank correlation</th></tr></thead>
<tbody>${[...(own ? [own] : []), ...detectors].map((one) => detectorRow(one, isTruthKnown))}</tbody>
</table>
</div>
</section>`;
}

function detectorRow(one: OtherDetector, isTruthKnown: boolean): Html {
  const isEvidence = one.finding === "evidence";
  const { truth } = one;
  const area = truth?.areaInterval;
  return html`<tr class="${isEvidence ? "odd" : "quiet-row"}"><th scope="row">${one.title}${one.assumesShare && " *"}</th><td>${
    isEvidence ? "▲ evidence" : `○ ${one.finding}`
  }</td>${tableNumber(one.p, shownP)}${
    isTruthKnown
      ? html`${shareCell(truth?.flagged.poisons)}${shareCell(truth?.flagged.clean)}${tableNumber(
          truth?.areaUnderRoc,
          (value) =>
            `${value.toFixed(2)}${area ? ` [${area.lower.toFixed(2)}, ${area.upper.toFixed(2)}]` : ""}`,
        )}`
      : shareCell(one.flagged)
  }${tableNumber(one.jaccard, (value) => value.toFixed(2))}${tableNumber(one.correlation, (value) => value.toFixed(2))}</tr>\n`;
}

const shareCell = (share: Share | undefined): Html => tableNumber(share?.count, () => shareText(share));
