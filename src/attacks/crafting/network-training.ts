import type { Model } from "../../nn/model.js";
import { groupOf, inGroup } from "../../store/state-dict.js";
import type { Optimizer } from "../../training/optimizer.js";
import { describePosition, type Position } from "../../training/position.js";
import { type TrainingData, type TrainingOptions, train } from "../../training/train.js";
import { type CraftingProgress, wholeFact } from "./crafting-progress.js";

/**
 * Trains a network of an attack, going on where an interrupted training was: kept after every epoch, now and then, and
 * when it is stopped. What is kept is the caller's to remove: an ended training that is asked for again is at its end at once.
 */
export async function trainOn(
  progress: CraftingProgress,
  model: Model,
  data: TrainingData,
  optimizer: Optimizer,
  options: Omit<TrainingOptions, "start" | "afterStep" | "afterEpoch">,
): Promise<void> {
  const start = await progress.restore(({ state, facts }): Position => {
    model.loadStateDict(groupOf(state, "model"));
    optimizer.loadStateDict(groupOf(state, "optimizer"), model.trainable);
    const lossSum = Number(facts.lossSum ?? 0);
    return {
      epoch: wholeFact(facts, "epoch"),
      batch: wholeFact(facts, "batch"),
      lossSum: async () => lossSum,
    };
  });
  if (start) options.reporter?.info(`${options.label}: going on from ${describePosition(start)}`);
  const halfway = async ({ epoch, batch, lossSum }: Position) => ({
    state: new Map([
      ...inGroup("model", await model.stateDict()),
      ...inGroup("optimizer", await optimizer.stateDict()),
    ]),
    facts: { epoch: String(epoch), batch: String(batch), lossSum: String((await lossSum?.()) ?? 0) },
  });
  await train(model, data, optimizer, {
    ...options,
    start,
    async afterStep(position, isStopping) {
      if (isStopping) await progress.save(await halfway(position));
      else await progress.saveWhenDue(() => halfway(position));
    },
    afterEpoch: async (epoch) => progress.save(await halfway({ epoch: epoch + 1, batch: 0 })),
  });
}
