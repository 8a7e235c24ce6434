import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, chromium } from "playwright-core";

const folders = (process.env.PATH ?? "").split(delimiter);

/** A browser that is installed here, if one is. */
export const browserPath = ["chromium", "chromium-browser", "google-chrome"]
  .flatMap((name) => folders.map((folder) => join(folder, name)))
  .find((path) => existsSync(path));

/** A sandbox of its own is denied to it in most containers. */
export const startBrowser = (): Promise<Browser> =>
  chromium.launch({ executablePath: browserPath, args: ["--no-sandbox"] });
