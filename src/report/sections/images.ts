import { shownPath } from "../../files/shown-path.js";
import { formatCount } from "../../format.js";
import { type Html, html } from "../html.js";
import type { ImageCard, ImageGroup, Report } from "../model.js";
import { pictureFrom, type SourceOf } from "./picture.js";
import { traceLine } from "./trace.js";

/** What the sections say of images, by what was looked at. */
const notes = {
  scan: {
    flagged:
      "Each flagged image, the unflagged ones of its class that the network finds most like it, and its difference from the nearest. Below them, in rank, images that are not flagged.",
    unflagged:
      "Nothing is flagged. These are the images of the highest scores, beside those that the network finds most like them: in a clean class, too, some image has to be the first.",
    reference:
      "A poison among the trusted images hides others like it: it costs power, not validity. Strike what is not clean.",
  },
  experiment: {
    flagged:
      "Flagged images, then those next in rank, and poisons that were missed. A poison is shown beside what it was before the attack, with the difference amplified; every image beside unflagged ones that change the weights most alike. The line is its score by epoch, grey the median of clean reference samples. “Flagged” goes by the cut; p, e-value and the share of splits that flag an image are the calibrated test’s, which knows nothing of the cut.",
    unflagged:
      "Nothing is flagged. These are the images of the highest scores, and poisons further down. A poison is shown beside what it was before the attack, with the difference amplified.",
    reference:
      "Clean reference samples (clean-1), against which suspects were scored. Those of the highest scores are the first to be taken for poison.",
  },
} as const;

/** Suspects of each class beside others that are like them. */
export function suspectSection({ suspects, kind }: Report, sourceOf: SourceOf): Html | undefined {
  if (suspects.length === 0) return undefined;
  const isAnyFlagged = suspects.some(({ cards }) => cards.some((card) => card.isFlagged));
  return html`
<section id="suspects" aria-labelledby="suspects-title">
<h2 id="suspects-title">${isAnyFlagged ? "Flagged images" : "Highest scores"}</h2>
<p class="note">${notes[kind][isAnyFlagged ? "flagged" : "unflagged"]}</p>
${suspects.map(
  (group, i) => html`
<section class="group" id="suspects-${i}" data-class="${group.className}">
<h3><bdi>${shownPath(group.className)}</bdi> <span class="count">${shownOf(group, kind)}</span></h3>
<div class="cards">${group.cards.map((card) => imageCard(card, group, sourceOf, kind === "scan" && card.isFlagged ? keep : undefined))}</div>
</section>`,
)}
</section>`;
}

/** Trusted images that a reviewer may find not to be clean. */
export function referenceSection({ reference, kind }: Report, sourceOf: SourceOf): Html | undefined {
  if (reference.length === 0) return undefined;
  return html`
<section id="reference" aria-labelledby="reference-title">
<h2 id="reference-title">${kind === "scan" ? "Trusted images" : "Clean reference samples"} of the highest scores</h2>
<p class="note">${notes[kind].reference}</p>
${reference.map(
  (group) => html`
<section class="group" data-class="${group.className}">
<h3><bdi>${shownPath(group.className)}</bdi> <span class="count">${group.cards.length} of ${formatCount(group.total)}</span></h3>
<div class="cards small">${group.cards.map((card) => imageCard(card, group, sourceOf, kind === "scan" ? strike : undefined))}</div>
</section>`,
)}
</section>`;
}

/** Where all images are listed. */
const tables = { scan: "results.csv", experiment: "the table of scores" } as const;

function shownOf({ cards, total }: ImageGroup, kind: Report["kind"]): string {
  const flagged = cards.filter((card) => card.isFlagged).length;
  const rest = cards.length - flagged;
  const next = rest > 0 ? [`${rest} not flagged`] : [];
  if (total === 0) return next.join(", ");
  const all =
    flagged < total
      ? `${formatCount(flagged)} of ${formatCount(total)} flagged (${tables[kind]} has all)`
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

function imageCard(
  card: ImageCard,
  { traced }: ImageGroup,
  sourceOf: SourceOf,
  decision: Decision | undefined,
): Html {
  const { file, beside, difference, trace, truth } = card;
  const name = shownPath(file);
  const picture = pictureFrom(sourceOf);
  const keys = [card.score, ...card.details.map(({ number }) => number)];
  return html`
<article class="card${card.isFlagged && " flagged"}" data-file="${file}" data-sha256="${card.sha256}" data-keys="${keys.join(" ")}"${
    truth && html` data-truth="${truth}"`
  }>
<div class="pictures">${picture(card.thumbnail, `Image ${name}`, card.isFlagged ? "▲ flagged" : `rank ${card.rank}`)}${beside.map(
    (one) => picture(one.thumbnail, `${one.caption}: ${shownPath(one.file)}`, one.caption),
  )}${
    difference &&
    picture(
      difference.thumbnail,
      `Difference from the picture ${beside[0]?.caption ?? ""}`,
      `difference ×${difference.factor}`,
    )
  }</div>
<h4><bdi>${name}</bdi></h4>
<dl><div><dt>score</dt><dd>${card.score.toFixed(3)}</dd></div>${card.details.map(
    (one) => html`<div><dt>${one.name}</dt><dd>${one.value}</dd></div>`,
  )}</dl>${trace && traced && traceLine({ ...traced, values: trace })}${
    decision &&
    html`
<div class="decision" data-kind="${decision.kind}" hidden><label><input type="checkbox"> ${decision.label}</label><input type="text" class="why" maxlength="500" placeholder="why" aria-label="Why"></div>`
  }
</article>`;
}
