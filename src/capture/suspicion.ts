/** Whom to watch, and with whom to compare: all that a capture is told. An experiment has one, a scan one a class. */
export interface Suspicion {
  /** Tells its streams and results from those of others; "" where there is but one. */
  readonly name: string;
  /** int32, rows of the subject that are trained on */
  readonly suspects: Int32Array;
  /** int32, rows of the subject under no suspicion, from which clean-1 and clean-2 are drawn; none is a suspect */
  readonly reference: Int32Array;
}
