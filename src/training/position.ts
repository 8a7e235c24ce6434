/** Where a training stands: all before batch `batch` of epoch `epoch` is done; both count from 0. */
export interface Position {
  readonly epoch: number;
  readonly batch: number;
}

/** "epoch 4, batch 12" for people, who count from 1. */
export const describePosition = ({ epoch, batch }: Position): string =>
  `epoch ${epoch + 1}, batch ${batch + 1}`;
