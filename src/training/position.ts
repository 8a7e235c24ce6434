/** Where a training stands: all before batch `batch` of epoch `epoch` is done; both count from 0. */
export interface Position {
  readonly epoch: number;
  readonly batch: number;
  /** Sum of the losses of the epoch's samples so far, which may still be on the device; absent at an epoch's start. */
  readonly lossSum?: () => Promise<number>;
}

/** "epoch 4, batch 12" for people, who count from 1. */
export const describePosition = ({ epoch, batch }: Pick<Position, "epoch" | "batch">): string =>
  `epoch ${epoch + 1}, batch ${batch + 1}`;
