import { shownPath } from "../../files/shown-path.js";
import { drawSvg } from "../../plots/render.js";
import { Html, html } from "../html.js";
import type { Report } from "../model.js";

/** Figures as SVG in the page: its style sheet colours them. */
export async function figureSection({ figures }: Report): Promise<Html | undefined> {
  if (figures.length === 0) return undefined;
  const drawn: Html[] = [];
  for (const { title, caption, spec } of figures) {
    const svg = new Html(await drawSvg(spec));
    drawn.push(html`
<figure class="plot"><figcaption><h3>${shownPath(title)}</h3></figcaption>
<div role="img" aria-label="${shownPath(title)}. ${caption}">${svg}</div>
<p class="note">${caption}</p></figure>`);
  }
  return html`
<section id="figures" aria-labelledby="figures-title">
<h2 id="figures-title">Scores</h2>
<div class="plots">${drawn}</div>
</section>`;
}
