import { readdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";

const sides = [32, 64, 96, 128, 224];
/** Images whose sizes are looked at. */
const sample = 50;

/**
 * A side that suits the images of a folder of classes: the closest of a few to the median of their shorter sides.
 * 32 where no image can be looked at: reading them will say why.
 */
export async function imageSide(folder: string): Promise<number> {
  const classes = await readdir(folder).catch(() => []);
  const lengths: number[] = [];
  for (const name of classes.sort()) {
    for (const file of (await readdir(join(folder, name)).catch(() => [])).sort().slice(0, 5)) {
      if (lengths.length >= sample) break;
      const size = await sharp(join(folder, name, file))
        .metadata()
        .catch(() => undefined);
      if (size) lengths.push(Math.min(size.width, size.height));
    }
  }
  const median = lengths.sort((a, b) => a - b)[lengths.length >> 1] ?? sides[0];
  return sides.reduce((best, side) => (Math.abs(side - median) < Math.abs(best - median) ? side : best));
}
