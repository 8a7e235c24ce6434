import { models } from "../models/registry.js";
import type { Counts } from "./plan-counts.js";
import type { RunConfig } from "./run-config.js";

/** Floating point operations of crafting the poisons, at most, where nothing of it is on disk yet. */
export const craftingWork = ({ model }: RunConfig, { parts }: Counts): number =>
  Object.values(parts).reduce(
    (sum, { passes, network = model }) => sum + passes * models[network].forwardFlops,
    0,
  );
