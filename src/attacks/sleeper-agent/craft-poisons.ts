import { setImmediate } from "node:timers/promises";
import type { SavedState } from "../../store/resumable.js";
import type { AttackInput } from "../attack.js";
import { wholeFact } from "../crafting/crafting-progress.js";
import { passes } from "../crafting/passes.js";
import {
  type CraftedPoisons,
  type Crafting,
  type CraftingPlan,
  matchedEntries,
  meanDistance,
  notFinite,
  targetGradient,
  withPoisons,
} from "./crafting.js";
import { craftingPasses } from "./crafting-passes.js";
import { gradientNorms, largest } from "./gradient-norms.js";
import { disposeVector } from "./parameter-gradient.js";
import { craftOnce } from "./steps.js";

/** Images that go through the network together where one of 32x32 pixels counts one. */
const smallImagesAtOnce = 128;

/**
 * Sleeper Agent's poisons (Souri et al., arXiv:2106.08970): the candidates with the largest gradients are changed until
 * their gradient points where that of patched source images labelled with the target class does, on the clean model and
 * then on networks trained anew on the poisons as they are.
 */
export async function craftPoisons(
  input: AttackInput,
  plan: CraftingPlan,
  kept: Pick<Crafting, "progress" | "retrainingProgress">,
): Promise<CraftedPoisons> {
  const clean = await input.cleanModel();
  const progress = input.reporter.progress(`sa: crafting ${plan.count} images`, totalPasses(input, plan));
  const { height, width } = input.dataset.train.pixels;
  let passed = 0;
  const crafting: Crafting = {
    ...plan,
    ...kept,
    input,
    clean,
    atOnce: Math.max(8, Math.floor((smallImagesAtOnce * 32 * 32) / (height * width))),
    async done(count, note) {
      passed += count;
      progress.update(passed, note);
      await setImmediate();
      input.signal?.throwIfAborted();
    },
  };
  try {
    const poisonIds = await choosePoisons(crafting);
    input.onPoisonsChosen(poisonIds);
    return { poisonIds, images: await bestOfRestarts(crafting, poisonIds) };
  } finally {
    progress.stop();
    clean.dispose();
  }
}

/** What crafting costs, in forward passes of one image. */
const totalPasses = ({ dataset }: AttackInput, plan: CraftingPlan): number =>
  craftingPasses(
    {
      poisons: plan.count,
      candidates: plan.candidates.length,
      triggers: plan.triggers.count,
      train: dataset.train.labels.length,
    },
    plan.settings,
  );

/** The candidates with the largest gradients: int32, ascending. */
async function choosePoisons(crafting: Crafting): Promise<Int32Array> {
  const { input, settings, clean, candidates, count, done } = crafting;
  if (count === candidates.length) return candidates;
  const norms = await gradientNorms(clean, input.dataset, candidates, {
    entries: matchedEntries(clean, settings),
    onBatch: (images) => done(images * passes.gradient, "choosing"),
  });
  if (!norms.every(Number.isFinite)) throw notFinite();
  return largest(candidates, norms, count);
}

/** Of several starts the one whose images match best on the clean model: uint8 [N, H, W, C]. */
async function bestOfRestarts(crafting: Crafting, poisonIds: Int32Array): Promise<Uint8Array> {
  const { input, settings, clean } = crafting;
  const { pixels } = input.dataset.train;
  const target = await targetGradient(crafting, clean);
  try {
    const before = await meanDistance(crafting, target, pixels, poisonIds);
    const saved = await crafting.progress.restore(readStart);
    let best = saved?.best;
    for (let start = saved?.start ?? 0; start < settings.restarts; start++) {
      const images = await craftOnce(crafting, poisonIds, {
        start,
        rng: input.rng.fork(`start-${start}`),
        saved: start === saved?.start ? saved.halfway : undefined,
        written: (halfway) => withStart(halfway, start, best),
      });
      const poisoned = withPoisons(pixels, { poisonIds, images });
      const distance = await meanDistance(crafting, target, poisoned, poisonIds);
      if (!Number.isFinite(distance)) throw notFinite();
      if (best === undefined || distance < best.distance) best = { images, distance };
      if (start + 1 < settings.restarts) await crafting.progress.save(withStart(unbegun, start + 1, best));
    }
    if (best === undefined) throw new Error("No start was made.");
    input.reporter.info(
      `sa: 1 - cosine of the poisons' gradient and the trigger's, on the clean model: ${before.toFixed(3)}, crafted ${best.distance.toFixed(3)}`,
    );
    return best.images;
  } finally {
    disposeVector(target);
  }
}

/** What the best start so far has come to. */
interface Best {
  /** uint8 [N, H, W, C] */
  readonly images: Uint8Array;
  readonly distance: number;
}

/** Of a start of which nothing is kept yet. */
const unbegun: SavedState = { state: new Map(), facts: {} };

/** What is kept of one start, with the best of those before. */
function withStart({ state, facts }: SavedState, start: number, best: Best | undefined): SavedState {
  if (!best) return { state, facts: { ...facts, start: String(start) } };
  const images = { shape: [best.images.length], data: Float32Array.from(best.images) };
  return {
    state: new Map([...state, ["best", images]]),
    facts: { ...facts, start: String(start), distance: String(best.distance) },
  };
}

function readStart(saved: SavedState): {
  start: number;
  best: Best | undefined;
  halfway: SavedState | undefined;
} {
  const { state, facts } = saved;
  const images = state.get("best");
  const best = images && { images: Uint8Array.from(images.data), distance: Number(facts.distance) };
  return { start: wholeFact(facts, "start"), best, halfway: state.has("batch-0/steps") ? saved : undefined };
}
