import type { Artefact } from "./artefact.js";

/** What a stage reads, writes and does: plan, status, prerequisites and next steps are all read off this. */
export interface StageDefinition<Name extends string = string> {
  /** The flag that asks for it. */
  readonly name: Name;
  /** What it does when nothing is there yet: "train for 4 epochs". */
  readonly work: string;
  readonly reads: readonly StageRead<Name>[];
  /** What it leaves. The first says whether the stage is done; the others are made with it. */
  readonly writes: readonly Artefact[];
  /** It works again where its result is there. */
  readonly repeats?: true;
  /** It says what its result is worth, and makes nothing. */
  readonly reportsOnly?: true;
}

/** How a stage makes what it lacks. */
interface Making {
  readonly work: string;
  /** What is made with it. */
  readonly leaves: readonly Artefact[];
  /** Of that what the stage reads as well. */
  readonly needs: readonly Artefact[];
}

/** An artefact that has to be there before a stage can work. */
export interface StageRead<Name extends string = string> {
  readonly artefact: Artefact;
  /** The stage that leaves it; or how this stage makes it first, where it is not there. */
  readonly from: Name | Making;
}
