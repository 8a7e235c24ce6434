import { type Html, html } from "../html.js";
import type { Thumbnail } from "../model.js";

/** Where the page finds a thumbnail. */
export type SourceOf = (thumbnail: Thumbnail) => string;

/** Up to this side an image is shown with its pixels. */
const pixelated = 48;

/** An image of a card with a few words below it. */
export const pictureFrom =
  (sourceOf: SourceOf) =>
  (thumbnail: Thumbnail, alt: string, caption: string): Html =>
    html`<figure><img src="${sourceOf(thumbnail)}" alt="${alt}" width="88" height="88" decoding="async"${
      Math.max(thumbnail.width, thumbnail.height) <= pixelated && html` class="pixels"`
    }><figcaption>${caption}</figcaption></figure>`;
