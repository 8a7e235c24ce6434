import type { InputShape, Network } from "../nn/model.js";

/** @param width channels of the first stage, or width of a token @throws UserError for images that it cannot take */
export type BuildNetwork = (width: number, inputShape: InputShape, numClasses: number) => Network;

/** A network: what flags, plans and attacks want to know of it, and what builds it. `about.ts` loads no engine. */
export interface ModelAbout {
  /** Channels of the first stage, or width of a token, in the published network. */
  readonly width: number;
  /** Side of an image over that of its smallest map that batch norm normalises; none without batch norm. */
  readonly shrink?: number;
  /**
   * Floating point operations of one image of the size it is made for through the published network, two per multiply-add;
   * convolutions and linear layers, the rest is noise beside them.
   */
  readonly forwardFlops: number;
  /** Why it is not trained from nothing, as a clause: a clean model of it comes from elsewhere. Absent: it can be. */
  readonly needsPretraining?: string;
  /** Attacks that train it anew go on from the clean model, at a tenth of the rate: it gets nowhere from nothing. */
  readonly retrainsFromClean?: true;
  /** The published way of moving images to the features of others (Hidden Trigger), where there is one. */
  readonly featureCollision?: {
    /** Length of a step along the gradient. */
    readonly stepLength: number;
    /** Squared distance of the features that is close enough, mean over a batch. */
    readonly distance: number;
  };
  readonly load: () => Promise<BuildNetwork>;
}
