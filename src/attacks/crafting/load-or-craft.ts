import { UserError } from "../../errors.js";
import { makeOnce } from "../../files/make-once.js";
import type { AttackInput } from "../attack.js";

/** Where something crafted is kept once it is finished. */
export interface CraftingCache<T> {
  readonly path: string;
  /** @returns undefined when it is not there @throws UserError when it is damaged */
  load(): Promise<T | undefined>;
  save(crafted: T): Promise<void>;
}

interface Crafting<T> {
  /** Names it in messages, e.g. "lc: 20 crafted images". */
  readonly name: string;
  readonly cache: CraftingCache<T>;
  /** What is kept of a crafting under way; removed when it is finished. */
  readonly progress: { remove(): Promise<void> };
  readonly craft: () => Promise<T>;
}

/**
 * What was crafted before, by whatever run; else it is crafted now, and kept. Of several processes that want the same one crafts,
 * the others wait and read.
 * @throws UserError when it is not there and nothing may be crafted
 */
export const loadOrCraft = <T>(
  { name, cache, progress, craft }: Crafting<T>,
  input: Pick<AttackInput, "craftsNothing" | "reporter" | "signal">,
): Promise<T> =>
  makeOnce(
    cache.path,
    async () => {
      const found = await cache.load();
      if (found !== undefined) {
        await progress.remove();
        input.reporter.info(`${name} read from ${cache.path}`);
      } else if (input.craftsNothing) {
        throw new UserError(
          `${name}: there is no ${cache.path}, and --get_result crafts nothing.`,
          "Run the stage that trains with the same settings, without --get_result.",
        );
      }
      return found;
    },
    async () => {
      const crafted = await craft();
      await cache.save(crafted);
      await progress.remove();
      return crafted;
    },
    input,
  );
