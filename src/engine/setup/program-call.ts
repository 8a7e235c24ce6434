import { basename } from "node:path";
import { fileURLToPath } from "node:url";

/*
 * How this user has come by the program, for commands in messages that can be repeated as they stand.
 */

/** npm tells what it runs that it is npm. */
export const programCall = process.env.npm_command === undefined ? "poisonspot" : "npx poisonspot";

const packages = fileURLToPath(new URL("../../../..", import.meta.url));
const isInstalled = basename(packages) === "node_modules";

/** What mends files that are missing. */
export const reinstall = isInstalled ? "install poisonspot again" : "run `npm ci`";
