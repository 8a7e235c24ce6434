import { delimiter, join } from "node:path";
import { userDataFolder } from "../user-folders.js";
import { dawnPin } from "./dawn-files.js";

/*
 * npm leaves an optional package out, without a word, where its install script fails, and of Dawn it would fetch what serves other
 * systems. Set-up then puts a copy into the user's data folder: this program's own folder may be read-only, and `npm ci` empties it.
 * A copy serves every poisonspot that asks for its version.
 */

/** By package. */
const versions = { "@tensorflow/tfjs-node-gpu": "4.22.0", webgpu: dawnPin.version } as const;
export type CopiedPackage = keyof typeof versions;

/** The folder of a copy, with its own node_modules. @param dataFolder of a user, or of all, whose home several machines may share */
export function ownCopyFolder(dataFolder: string, name: CopiedPackage): string {
  const bare = name.slice(name.indexOf("/") + 1);
  return join(dataFolder, "poisonspot", `${bare}-${versions[name]}-${process.platform}-${process.arch}`);
}

/** The package below a folder that holds node_modules. */
export const packageIn = (folder: string, name: CopiedPackage): string => join(folder, "node_modules", name);

/** Where copies of a package may lie: this user's, and those an administrator has put there for all. */
export function ownCopies(name: CopiedPackage): string[] {
  const shared =
    process.platform === "win32" ? "" : process.env.XDG_DATA_DIRS || "/usr/local/share:/usr/share";
  const dataFolders = [userDataFolder() ?? "", ...shared.split(delimiter)];
  return dataFolders
    .filter((folder) => folder !== "")
    .map((folder) => packageIn(ownCopyFolder(folder, name), name));
}
