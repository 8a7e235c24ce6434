import { homedir } from "node:os";
import { join } from "node:path";

/** Where programs keep data for a user. @returns undefined for a container's user without a home */
export const userDataFolder = (): string | undefined =>
  userFolder(process.env.XDG_DATA_HOME, [".local", "share"]);

/** Where they keep what can be found out again. @returns undefined as above */
export const userCacheFolder = (): string | undefined => userFolder(process.env.XDG_CACHE_HOME, [".cache"]);

function userFolder(named: string | undefined, place: readonly string[]): string | undefined {
  if (named) return named;
  if (process.platform === "win32" && process.env.LOCALAPPDATA) return process.env.LOCALAPPDATA;
  try {
    return join(homedir(), ...place);
  } catch {
    return undefined;
  }
}
