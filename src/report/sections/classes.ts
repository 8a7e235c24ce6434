import { shownPath } from "../../files/shown-path.js";
import { type Html, html } from "../html.js";
import type { ClassFinding, Report } from "../model.js";
import { rankedClassSection } from "./ranked-classes.js";
import { shownP, tableNumber } from "./table-number.js";

const notes = {
  scan: "Most suspicious first.",
  experiment:
    "The suspects against clean reference samples, as a scan would judge them; what is excluded goes by the cut, not by this.",
} as const;

/** Every class with its test, most suspicious first. */
export function classSection(report: Report): Html {
  const { kind, classes, suspects } = report;
  if (classes.some(({ rankings }) => rankings !== undefined)) return rankedClassSection(report);
  const groups = new Map(suspects.map(({ className }, i) => [className, i]));
  const isCompared = classes.some(({ agreeing }) => agreeing !== undefined);
  return html`
<section id="classes" aria-labelledby="classes-title">
<h2 id="classes-title">Classes</h2>
<p class="note">${notes[kind]} p is the chance of so many suspects at the top of a clean class, corrected p that over all classes.</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="classes-title">
<table class="sortable">
<thead><tr><th scope="col">Class</th><th scope="col">Finding</th><th scope="col" class="n">p</th><th scope="col" class="n">corrected p</th><th scope="col" class="axis"><span class="quiet">1 – 0.0001, logarithmic</span></th><th scope="col" class="n">not clean, at least</th><th scope="col" class="n">flagged</th><th scope="col" class="n">images</th><th scope="col" class="n">trusted</th><th scope="col" class="n">would notice</th>${isCompared && html`<th scope="col" class="n">others that flag</th>`}</tr></thead>
<tbody>${classes.map((one) => classRow(one, groups.get(one.name)))}</tbody>
</table>
</div>
</section>`;
}

function classRow(one: ClassFinding, group: number | undefined): Html {
  const name = html`<bdi>${shownPath(one.name)}</bdi>`;
  const finding = one.isEvidence ? "▲ evidence" : one.p === undefined ? "? not tested" : "○ none";
  return html`<tr class="${one.isEvidence ? "odd" : "quiet-row"}"><th scope="row">${
    group === undefined ? name : html`<a href="#suspects-${group}">${name}</a>`
  }</th><td>${finding}</td>${tableNumber(one.p, shownP)}${tableNumber(one.adjustedP, shownP)}<td class="axis" data-v="${one.adjustedP ?? 2}">${pStrip(
    one.adjustedP,
  )}</td>${tableNumber(one.isEvidence ? one.notCleanAtLeast : undefined)}${tableNumber(one.flagged)}${tableNumber(one.suspects)}${tableNumber(
    one.trusted,
  )}${tableNumber(one.wouldNotice)}${one.agreeing && tableNumber(one.agreeing.count, (count) => `${count}/${one.agreeing?.of}`)}</tr>\n`;
}

/** p on a logarithmic axis from 1 to 0.0001; what is smaller stands at its end. */
function pStrip(p: number | undefined): Html {
  if (p === undefined) return html``;
  const at = 4 + 23 * Math.min(4, -Math.log10(Math.max(p, 1e-300)));
  const ticks = [0, 1, 2, 3, 4].map((i) => html`<path d="M${4 + 23 * i} 4v6"/>`);
  return html`<svg class="strip" width="100" height="14" aria-hidden="true"><path d="M4 7h92"/>${ticks}<circle cx="${at.toFixed(1)}" cy="7" r="3.5"/></svg>`;
}
