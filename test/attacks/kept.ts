import { type CraftingProgress, craftingProgress } from "../../src/attacks/crafting/crafting-progress.js";
import { temporaryFolder } from "../store/temporary-folder.js";

/** The progress of a crafting that is not saved unless it is stopped; in a folder of its own, removed after the test. */
export const unkept = async (): Promise<CraftingProgress> =>
  craftingProgress({ cacheDir: await temporaryFolder(), checkpointSeconds: 1000 }, "test", {});
