import type { Reporter } from "../../reporter.js";

/** What a way of getting the library is given. */
export interface WayContext {
  /** Copy of the package to work in: fill deps/ and lib/ of it. */
  readonly stage: string;
  /** Folder (made when needed) whose finished files outlive a failed attempt. */
  readonly downloads: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** Where the library came from, for the manifest. */
export interface WayResult {
  readonly source: string;
  readonly sourceSha256?: string;
}

/** This way is closed here; the message says why in a few words. Set-up goes on with the next one. */
export class WayClosed extends Error {
  override readonly name = "WayClosed";
}
