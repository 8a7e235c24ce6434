import { stat } from "node:fs/promises";

/** Whether there is a file or folder; what cannot be looked at, or is a link to nothing, is not there. */
export const exists = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );
