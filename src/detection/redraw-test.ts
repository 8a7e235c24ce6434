import { type Rng, shuffle } from "../random/rng.js";
import type { ClassRows } from "./disguise.js";

interface RedrawOptions {
  /** Redraws at most; p is then at least 1 / (draws + 1). */
  readonly draws: number;
  /** Redraws as extreme as the data after which the test may stop: a clean class is known early. */
  readonly enough: number;
  readonly rng: Rng;
}

interface RedrawResult {
  /** In (0, 1]. */
  readonly p: number;
  readonly draws: number;
}

/**
 * A permutation test of "all samples of this class are alike": which of them count as trusted is drawn anew, the statistic
 * is made anew (its scorer fitted anew), and p is the share of draws, the data's own included, at least as extreme. Exact
 * for any statistic, however it uses the labels. Stops early as Besag and Clifford (1991) do: after `enough` such draws
 * p = enough / draws.
 *
 * Says nothing of how many are not clean: with poisons among them, redrawn samples are no longer like the trusted.
 * @param statistic small is extreme
 */
export async function redrawTest(
  { suspects, trusted }: ClassRows,
  statistic: (rows: ClassRows, draw: number) => Promise<number>,
  { draws, enough, rng }: RedrawOptions,
): Promise<RedrawResult> {
  const observed = await statistic({ suspects, trusted }, 0);
  const all = Int32Array.from([...trusted, ...suspects]);
  let extreme = 0;
  for (let draw = 1; draw <= draws; draw++) {
    const shuffled = shuffle(rng.fork(`draw-${draw}`), all);
    const rows = {
      trusted: shuffled.subarray(0, trusted.length),
      suspects: shuffled.subarray(trusted.length),
    };
    if ((await statistic(rows, draw)) <= observed) extreme++;
    if (extreme >= enough) return { p: extreme / draw, draws: draw };
  }
  return { p: (extreme + 1) / (draws + 1), draws };
}
