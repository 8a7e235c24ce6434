import { shownPath } from "../../files/shown-path.js";
import { formatCount } from "../../format.js";
import { shareText } from "../../statistics/share.js";
import { type Html, html } from "../html.js";
import type { Report, SourceFinding } from "../model.js";
import { shownP, tableNumber } from "./table-number.js";

/** Rows of the table. */
const mostShown = 200;

/** Who the images come from, and whether those of one are like the trusted ones. */
export function sourceSection({ sources }: Report): Html | undefined {
  if (sources.length === 0) return undefined;
  const left = sources.length - mostShown;
  return html`
<section id="sources" aria-labelledby="sources-title">
<h2 id="sources-title">Sources</h2>
<p class="note">Whether the images of a source are like the trusted ones of their classes, whatever the other sources sent. The smallest p over classes and over the scores that know nothing of who is trusted, corrected for their number; then for the number of sources. These tests have a chance of a false alarm of their own, beside that of the classes. A source with another camera than the trusted images’ differs as well.</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="sources-title">
<table class="sortable">
<thead><tr><th scope="col">Source</th><th scope="col">Finding</th><th scope="col" class="n">p</th><th scope="col" class="n">corrected p</th><th scope="col" class="n">images</th><th scope="col" class="n">flagged, 95 % interval in percent</th></tr></thead>
<tbody>${sources.slice(0, mostShown).map(sourceRow)}</tbody>
</table>
</div>${left > 0 && html`\n<p class="note">${formatCount(left)} more, less suspicious, are not shown.</p>`}
</section>`;
}

function sourceRow(one: SourceFinding): Html {
  const finding = one.isEvidence ? "▲ evidence" : one.p === undefined ? "? not tested" : "○ none";
  return html`<tr class="${one.isEvidence ? "odd" : "quiet-row"}"><th scope="row">${
    one.name === undefined ? html`<em>not given</em>` : html`<bdi>${shownPath(one.name)}</bdi>`
  }</th><td>${finding}</td>${tableNumber(one.p, shownP)}${tableNumber(one.adjustedP, shownP)}${tableNumber(one.images)}${tableNumber(
    one.flagged / one.images,
    () => shareText({ count: one.flagged, of: one.images }),
  )}</tr>\n`;
}
