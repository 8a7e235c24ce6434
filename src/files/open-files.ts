/**
 * Whether an error says that no more files may be opened, wherever it was met: Node says so by a code, its loaders, its workers
 * and libvips in words alone, and a message for the user may have it as its cause.
 */
export function isOutOfFiles(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const code = "code" in error ? String(error.code) : "";
  return /\bE[MN]FILE\b|too many open files/i.test(`${code} ${error.message}`) || isOutOfFiles(error.cause);
}
