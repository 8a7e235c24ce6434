import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { UserError } from "../../errors.js";

/**
 * Keeps two set-ups out of each other's way. A lock whose process is gone is taken over.
 * @returns a function that releases it
 * @throws UserError when another process is at it
 */
export async function lockPackage(packageDir: string): Promise<() => Promise<void>> {
  const path = join(packageDir, "poisonspot-setup.lock");
  const take = () => writeFile(path, String(process.pid), { flag: "wx" });
  try {
    await take();
  } catch (error) {
    if (!isCode(error, "EEXIST")) throw error;
    const owner = Number(readFileSync(path, "utf8"));
    if (isRunning(owner)) {
      throw new UserError(
        `Another set-up is running (process ${owner}).`,
        `Wait for it to end, or delete ${path}.`,
      );
    }
    await rm(path, { force: true });
    await take();
  }
  return () => rm(path, { force: true });
}

function isRunning(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0); // asks only whether it is there
    return true;
  } catch (error) {
    return isCode(error, "EPERM");
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
