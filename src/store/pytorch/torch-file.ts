import type { PickleValue } from "../../pickle/pickle-values.js";
import type { TorchStorage } from "./torch-values.js";

/** An open PyTorch file: what its pickle holds, and the numbers that this refers to. */
export interface TorchFile {
  readonly root: PickleValue;
  /** Little-endian numbers, in memory of their own. @throws Error when the file does not hold as many */
  read(storage: TorchStorage): Promise<Uint8Array>;
}
