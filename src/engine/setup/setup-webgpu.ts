import { UserError } from "../../errors.js";
import { examineGraphics } from "../dawn-test.js";
import { fetchDawn } from "./fetch-dawn.js";
import type { SetupOptions } from "./setup.js";

/**
 * Fetches Dawn, unless it is there and sound, and says which device it finds.
 * @throws UserError for an option of the native engine; RunError when it cannot be had
 */
export async function setupWebgpu(options: Omit<SetupOptions, "packageDir">): Promise<void> {
  const { libtensorflow, force, reporter, signal } = options;
  if (libtensorflow !== undefined)
    throw new UserError("--libtensorflow is for the engine tensorflow.", "Leave it or --engine webgpu out.");
  await fetchDawn({ reporter, signal }, { force });
  const { text } = await examineGraphics({ cuda: false });
  reporter.info(`The webgpu engine is set up: ${text}`);
}
