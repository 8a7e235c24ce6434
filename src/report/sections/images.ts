import { shownPath } from "../../files/shown-path.js";
import { formatCount } from "../../format.js";
import { type Html, html } from "../html.js";
import type { ImageCard, ImageGroup, Report, Thumbnail } from "../model.js";

/** Where the page finds a thumbnail. */
export type SourceOf = (thumbnail: Thumbnail) => string;

/** Up to this side an image is shown with its pixels. */
const pixelated = 48;

/** Suspects of each class beside unflagged images that are like them. */
export function suspectSection({ suspects }: Report, sourceOf: SourceOf): Html | undefined {
  if (suspects.length === 0) return undefined;
  const isAnyFlagged = suspects.some(({ cards }) => cards.some((card) => card.isFlagged));
  const note = isAnyFlagged
    ? "Each flagged image, the unflagged ones of its class that the network finds most like it, and its difference from the nearest. Below them, in rank, images that are not flagged."
    : "Nothing is flagged. These are the images of the highest scores, beside those that the network finds most like them: in a clean class, too, some image has to be the first.";
  return html`
<section id="suspects" aria-labelledby="suspects-title">
<h2 id="suspects-title">${isAnyFlagged ? "Flagged images" : "Highest scores"}</h2>
<p class="note">${note}</p>
${suspects.map(
  (group, i) => html`
<section class="group" id="suspects-${i}" data-class="${group.className}">
<h3><bdi>${shownPath(group.className)}</bdi> <span class="count">${shownOf(group)}</span></h3>
<div class="cards">${group.cards.map((card) => imageCard(card, sourceOf, card.isFlagged ? keep : undefined))}</div>
</section>`,
)}
</section>`;
}

/** Trusted images that a reviewer may find not to be clean. */
export function referenceSection({ reference }: Report, sourceOf: SourceOf): Html | undefined {
  if (reference.length === 0) return undefined;
  return html`
<section id="reference" aria-labelledby="reference-title">
<h2 id="reference-title">Trusted images of the highest scores</h2>
<p class="note">A poison among the trusted images hides others like it: it costs power, not validity. Strike what is not clean.</p>
${reference.map(
  ({ className, cards, total }) => html`
<section class="group" data-class="${className}">
<h3><bdi>${shownPath(className)}</bdi> <span class="count">${cards.length} of ${formatCount(total)} trusted</span></h3>
<div class="cards small">${cards.map((card) => imageCard(card, sourceOf, strike))}</div>
</section>`,
)}
</section>`;
}

function shownOf({ cards, total }: ImageGroup): string {
  const flagged = cards.filter((card) => card.isFlagged).length;
  const rest = cards.length - flagged;
  const next = rest > 0 ? [`${rest} next in rank`] : [];
  if (total === 0) return [...next].join(", ");
  const all =
    flagged < total
      ? `${formatCount(flagged)} of ${formatCount(total)} flagged (results.csv has all)`
      : `${formatCount(total)} flagged`;
  return [all, ...next].join(", ");
}

/** What a reviewer may decide about an image. */
interface Decision {
  readonly kind: "kept" | "struck";
  readonly label: string;
}
const keep: Decision = { kind: "kept", label: "Keep: it is clean" };
const strike: Decision = { kind: "struck", label: "Strike: it is not clean" };

function imageCard(card: ImageCard, sourceOf: SourceOf, decision: Decision | undefined): Html {
  const { file, nearest, difference } = card;
  const name = shownPath(file);
  const picture = (thumbnail: Thumbnail, alt: string, caption: string) =>
    html`<figure><img src="${sourceOf(thumbnail)}" alt="${alt}" width="88" height="88" decoding="async"${
      Math.max(thumbnail.width, thumbnail.height) <= pixelated && html` class="pixels"`
    }><figcaption>${caption}</figcaption></figure>`;
  const keys = [card.score, ...card.details.map(({ number }) => number)];
  return html`
<article class="card${card.isFlagged && " flagged"}" data-file="${file}" data-sha256="${card.sha256}" data-keys="${keys.join(" ")}">
<div class="pictures">${picture(card.thumbnail, `Image ${name}`, card.isFlagged ? "▲ flagged" : `rank ${card.rank}`)}${nearest.map(
    (one, i) =>
      picture(one.thumbnail, `Unflagged image ${shownPath(one.file)}`, i === 0 ? "nearest" : "next"),
  )}${difference && picture(difference.thumbnail, "Difference from the nearest", `difference ×${difference.factor}`)}</div>
<h4><bdi>${name}</bdi></h4>
<dl><div><dt>score</dt><dd>${card.score.toFixed(3)}</dd></div>${card.details.map(
    (one) => html`<div><dt>${one.name}</dt><dd>${one.value}</dd></div>`,
  )}</dl>${
    decision &&
    html`
<div class="decision" data-kind="${decision.kind}" hidden><label><input type="checkbox"> ${decision.label}</label><input type="text" class="why" maxlength="500" placeholder="why" aria-label="Why"></div>`
  }
</article>`;
}
