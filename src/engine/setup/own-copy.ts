import { delimiter, join } from "node:path";
import { userDataFolder } from "../user-folders.js";

/*
 * npm leaves an optional package out, without a word, where its install script fails. Set-up then fetches a copy into the
 * user's data folder: this program's own folder may be read-only, and `npm ci` empties it. A copy serves every poisonspot
 * that asks for its version.
 */

/** A home may be shared between machines. */
const copyName = `tfjs-node-gpu-4.22.0-${process.platform}-${process.arch}`;

/** The folder of a copy, with its own node_modules. @param dataFolder of a user, or of all */
export const ownCopyFolder = (dataFolder: string): string => join(dataFolder, "poisonspot", copyName);

/** Where copies may lie: this user's, and those an administrator has put there for all. */
export function ownCopyFolders(): string[] {
  const shared =
    process.platform === "win32" ? "" : process.env.XDG_DATA_DIRS || "/usr/local/share:/usr/share";
  const dataFolders = [userDataFolder() ?? "", ...shared.split(delimiter)];
  return dataFolders.filter((folder) => folder !== "").map(ownCopyFolder);
}
