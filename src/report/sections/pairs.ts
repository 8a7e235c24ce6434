import { shownPath } from "../../files/shown-path.js";
import { formatCount } from "../../format.js";
import { type Html, html } from "../html.js";
import type { ImagePair, PairGroup, Report } from "../model.js";
import { pictureFrom, type SourceOf } from "./picture.js";

const kinds = {
  contradicted: {
    title: "Equal a trusted image of another class",
    note: "One of the two labels is wrong. The image stays a suspect.",
  },
  near: {
    title: "Look nearly like a trusted image",
    note: "A copy that was compressed again, resized or changed by little; of another class it may be mislabelled, or a poison made of a trusted image. It stays a suspect.",
  },
} as const satisfies Record<PairGroup["kind"], object>;

/** Suspects beside the trusted images that they are like. */
export function pairSection({ pairs }: Report, sourceOf: SourceOf): Html | undefined {
  if (pairs.length === 0) return undefined;
  return html`
<section id="pairs" aria-labelledby="pairs-title">
<h2 id="pairs-title">Images that are like trusted ones</h2>
${pairs.map(
  ({ kind, total, pairs: shown }) => html`
<section class="group" data-class="">
<h3>${kinds[kind].title} <span class="count">${
    shown.length < total
      ? `${shown.length} of ${formatCount(total)} (report.json has more)`
      : formatCount(total)
  }</span></h3>
<p class="note">${kinds[kind].note}</p>
<div class="cards">${shown.map((pair) => pairCard(pair, sourceOf))}</div>
</section>`,
)}
</section>`;
}

function pairCard({ suspect, trusted, difference }: ImagePair, sourceOf: SourceOf): Html {
  const picture = pictureFrom(sourceOf);
  const [name, other] = [shownPath(suspect.file), shownPath(trusted.file)];
  return html`
<article class="card${suspect.isFlagged && " flagged"}" data-file="${suspect.file}" data-sha256="${suspect.sha256}" data-keys="">
<div class="pictures">${picture(suspect.thumbnail, `Image ${name}`, suspect.isFlagged ? "▲ flagged" : "suspect")}${picture(
    trusted.thumbnail,
    `Trusted image ${other}`,
    "trusted",
  )}${
    difference &&
    picture(difference.thumbnail, "Difference from the trusted image", `difference ×${difference.factor}`)
  }</div>
<h4><bdi>${name}</bdi></h4>
<dl><div><dt>class</dt><dd><bdi>${shownPath(suspect.className)}</bdi></dd></div><div><dt>trusted as</dt><dd><bdi>${shownPath(trusted.className)}</bdi>: <bdi>${other}</bdi></dd></div></dl>
</article>`;
}
