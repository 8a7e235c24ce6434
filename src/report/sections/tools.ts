import { type Html, html } from "../html.js";
import type { Report } from "../model.js";

/** Controls of the page's script, which shows them. */
export function toolBar({ kind, suspects, reference }: Report): Html | undefined {
  const cards = [...suspects, ...reference].flatMap((group) => group.cards);
  if (cards.length === 0) return undefined;
  const details = cards[0].details.map(({ name }) => name);
  const isDecidable = kind === "scan" && (reference.length > 0 || cards.some((card) => card.isFlagged));
  const isTruthKnown = cards.some(({ truth }) => truth !== undefined);
  return html`<div id="tools" class="tools" hidden>
<input type="search" id="search" placeholder="Class or file" aria-label="Show images by class, file name or SHA-256">
<select id="only" aria-label="Which images to show"><option value="all">all images</option><option value="flagged">flagged</option>${
    isDecidable && html`<option value="decided">decided</option>`
  }${
    isTruthKnown &&
    html`<option value="poison">poisons</option><option value="wrong">flagged wrongly, or missed</option>`
  }</select>
<select id="order" aria-label="Order of the images in a class"><option value="home">in rank</option><option value="0">by score</option>${details.map(
    (name, i) => html`<option value="${i + 1}">by ${name}</option>`,
  )}<option value="name">by name</option></select>
<span id="matches" class="quiet" role="status"></span>
${isDecidable && html`<button type="button" id="save">Save decisions</button>`}
<span class="keys quiet"><kbd>j</kbd> <kbd>k</kbd> next, previous${
    isDecidable && html` · <kbd>x</kbd> decide · <kbd>n</kbd> why · <kbd>s</kbd> save`
  } · <kbd>/</kbd> search</span>
</div>`;
}
