import { digestOf } from "../store/content-digest.js";
import type { Inputs, Origin, Settings } from "../store/origin.js";

/** A file or store that a stage leaves, with all that decides what it holds. */
export interface Artefact {
  /** What it is, where something else is made from it: "features". */
  readonly kind: string;
  /** For people; by default the kind. */
  readonly name?: string;
  readonly path: string;
  /** The flags it depends on. */
  readonly settings: Settings;
  /** Content it is made from that no stage leaves: "dataset", "poisons". */
  readonly contents: readonly string[];
  /** Other artefacts it is made from. */
  readonly madeFrom: readonly Artefact[];
}

/** Digests of the content that no stage leaves, as far as it is known, and of what that was made from. */
export interface Contents {
  readonly digests: Inputs;
  readonly via: Inputs;
}

/** Where no dataset was looked at. */
export const unknownContents: Contents = { digests: {}, via: {} };

/**
 * What an artefact would be made from now. Content that is not known, and artefacts that are not there, do not count.
 * @throws UserError when an artefact it is made from is damaged
 */
export async function originOf({ settings, contents, madeFrom }: Artefact, known: Contents): Promise<Origin> {
  const inputs: Record<string, string> = {};
  for (const name of contents) if (name in known.digests) inputs[name] = known.digests[name];
  for (const { kind, path } of madeFrom) {
    const digest = await digestOf(path);
    if (digest !== undefined) inputs[kind] = digest;
  }
  return { settings, inputs, via: known.via };
}
