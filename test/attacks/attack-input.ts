import type { AttackInput } from "../../src/attacks/attack.js";
import { createRng } from "../../src/random/rng.js";
import { silentReporter } from "../../src/reporter.js";

/** What an attack is told in every test. @param folder where it keeps what it crafts, and finds data */
export const commonInput = (folder: string) =>
  ({
    randomPlacement: false,
    cleanModelHash: async () => "hash of the clean model",
    rng: createRng("attack"),
    onPoisonsChosen: () => {},
    cacheDir: folder,
    checkpointSeconds: 1000,
    datasetDir: folder,
    reporter: silentReporter,
  }) satisfies Partial<AttackInput>;
