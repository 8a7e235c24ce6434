import type { Reporter } from "../../reporter.js";
import type { SavedState } from "../../store/resumable.js";
import type { CraftingProgress } from "./crafting-progress.js";
import { wholeFact } from "./crafting-progress.js";

/** Crafted images, and what there is to say of them. */
interface CraftedImages {
  /** uint8 [N, H, W, C] */
  readonly levels: Uint8Array;
  /** Sums over the images. */
  readonly figures: readonly number[];
}

interface BatchedCrafting {
  readonly progress: CraftingProgress;
  /** Names the crafting in messages. */
  readonly name: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** Crafts one batch of poisons after the other; an interrupted crafting goes on after the last batch that was finished. */
export async function craftInBatches<B>(
  batches: readonly B[],
  { progress, name, reporter, signal }: BatchedCrafting,
  craft: (batch: B, index: number) => Promise<CraftedImages>,
): Promise<CraftedImages> {
  const saved = await progress.restore(read);
  if (saved) reporter.info(`${name}: going on from batch ${saved.batches + 1} of ${batches.length}`);
  const parts: CraftedImages[] = saved ? [saved] : [];
  const begun = saved?.batches ?? 0;
  let done = begun;
  try {
    for (const batch of batches.slice(begun)) {
      parts.push(await craft(batch, done));
      done++;
      await progress.saveWhenDue(() => written(joined(parts), done));
    }
    return joined(parts);
  } catch (error) {
    if (signal?.aborted && done > begun) await progress.save(written(joined(parts), done));
    throw error;
  }
}

const joined = (parts: readonly CraftedImages[]): CraftedImages => ({
  levels: new Uint8Array(Buffer.concat(parts.map(({ levels }) => levels))),
  figures: (parts[0]?.figures ?? []).map((_, i) => parts.reduce((sum, { figures }) => sum + figures[i], 0)),
});

const written = ({ levels, figures }: CraftedImages, batches: number): SavedState => ({
  state: new Map([["levels", { shape: [levels.length], data: Float32Array.from(levels) }]]),
  facts: { batches: String(batches), figures: figures.join(" ") },
});

function read({ state, facts }: SavedState): CraftedImages & { batches: number } {
  const levels = state.get("levels");
  if (!levels) throw new Error("it holds no images");
  const figures = facts.figures === "" ? [] : facts.figures.split(" ").map(Number);
  return { levels: Uint8Array.from(levels.data), figures, batches: wholeFact(facts, "batches") };
}
