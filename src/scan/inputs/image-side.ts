import { join } from "node:path";
import { claimedSize } from "../../datasets/decode-image.js";
import { readSource } from "../../datasets/source-content.js";
import { maxFileBytes, statSources } from "../../datasets/source-files.js";
import type { Listing } from "./listing.js";

const sides = [32, 64, 96, 128, 224];
/** Images whose sizes are looked at. */
const sample = 50;

/**
 * A side that suits the images: the closest of a few to the median of the shorter sides of a sample, spread over all.
 * 32 where no image can be looked at: reading them will say why.
 */
export async function imageSide(listing: Listing): Promise<number> {
  const lengths = (await shorterSides(listing)).sort((a, b) => a - b);
  const median = lengths[lengths.length >> 1] ?? sides[0];
  return sides.reduce((best, side) => (Math.abs(side - median) < Math.abs(best - median) ? side : best));
}

async function shorterSides({ root, names, content }: Listing): Promise<number[]> {
  if (content.kind === "pixels") return [Math.min(content.pixels.height, content.pixels.width)];
  const count = Math.min(sample, names.length);
  const items = Array.from({ length: count }, (_, i) => Math.floor((i * names.length) / count));
  const container = content.kind === "container" ? content.container : undefined;
  const found = await (container?.stat() ?? statSources(root, names, maxFileBytes));
  const lengths: number[] = [];
  for (const item of items) {
    const image = found[item];
    if ("reason" in image) continue;
    const bytes = await (container?.read(image) ?? readSource(join(root, image.path)));
    const size = await claimedSize(bytes);
    if (size) lengths.push(Math.min(size.width, size.height));
  }
  return lengths;
}
