import { isOutOfFiles } from "../files/open-files.js";

/**
 * What to say, and how to end, where no more files may be opened. Loads nothing more: that would fail as well.
 * @returns undefined for every other error
 */
export function outOfFiles(error: unknown): { readonly exitCode: 1; readonly text: string } | undefined {
  if (!(error instanceof Error) || !isOutOfFiles(error)) return undefined;
  const [first] = error.message.split("\n");
  const hint =
    "Everything finished so far is kept: allow more (`ulimit -n 1024`) and run the same command again.";
  return { exitCode: 1, text: `error: Too many files are open: ${first}\nhint: ${hint}` };
}
