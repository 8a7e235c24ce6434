import { shownPath } from "../../files/shown-path.js";
import { type Html, html } from "../html.js";
import type { Report } from "../model.js";

/** Told apart by their shapes as well. */
const signs = { evidence: "▲", none: "○", inconclusive: "?" } as const;

/** The verdict in words, what it means, and the numbers behind it. */
export const verdictSection = ({ verdict, subject, kind, made }: Report): Html => html`
<header class="verdict ${verdict.tone}" id="verdict">
<p class="kicker">poisonspot ${kind} · <bdi>${shownPath(subject)}</bdi> · <time datetime="${made}">${day(made)}</time></p>
<h1><span class="sign" aria-hidden="true">${signs[verdict.tone]}</span> ${verdict.headline}</h1>
<div class="prose">${verdict.lines.map((line) => html`<p>${line}</p>\n`)}</div>
<dl class="numbers">${verdict.numbers.map(
  ({ name, value, detail }) =>
    html`<div><dt>${name}</dt><dd>${value}${detail && html` <small>${detail}</small>`}</dd></div>`,
)}</dl>
</header>`;

const day = (iso: string): string => `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`;
