import { shownPath } from "../../files/shown-path.js";
import { formatCount } from "../../format.js";
import { type Html, html } from "../html.js";
import type { Report, SupposedFinding } from "../model.js";
import { shownP, tableNumber } from "./table-number.js";

/** Each tested class as it was found, and the two ends of what would be found if some of its trusted images were poison. */
export function suppositionSection({ supposition }: Pick<Report, "supposition">): Html | undefined {
  if (supposition === undefined) return undefined;
  const { upTo, classes } = supposition;
  return html`
<section id="supposition" aria-labelledby="supposition-title">
<h2 id="supposition-title">If trusted images are poison</h2>
<p class="note">Supposed that up to ${formatCount(upTo)} trusted images of each class are poison, and nobody knows which. “Whichever they are” is what stays for every choice of them, with the largest p and the fewest flags. “Those of the highest scores” is the other end: poison among the trusted images hides what is like it. That end picks after looking, and is no evidence.</p>
<div class="scroll" tabindex="0" role="region" aria-labelledby="supposition-title">
<table>
<thead><tr><td></td><th scope="colgroup" colspan="3">as found</th><th scope="colgroup" colspan="3">whichever they are</th><th scope="colgroup" colspan="3">those of the highest scores</th></tr>
<tr><th scope="col">Class</th>${[0, 1, 2].map(() => html`<th scope="col">Finding</th><th scope="col" class="n">corrected p</th><th scope="col" class="n">flagged</th>`)}</tr></thead>
<tbody>${classes.map(
    ({ name, asFound, least, most }) =>
      html`<tr class="${asFound.isEvidence ? "odd" : "quiet-row"}"><th scope="row"><bdi>${shownPath(name)}</bdi></th>${[asFound, least, most].map(cells)}</tr>\n`,
  )}</tbody>
</table>
</div>
</section>`;
}

const cells = ({ adjustedP, isEvidence, flagged }: SupposedFinding): Html =>
  html`<td>${isEvidence ? "▲ evidence" : "○ none"}</td>${tableNumber(adjustedP, shownP)}${tableNumber(flagged)}`;
