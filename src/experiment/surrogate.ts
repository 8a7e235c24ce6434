import type { CaptureInput } from "../capture/capture-loop.js";
import type { RunConfig } from "./run-config.js";

/** Single updates are made as the run trains. */
export const surrogateOf = ({ opt, lr, trainingMode }: RunConfig): CaptureInput["surrogate"] => ({
  optimizer: opt,
  learningRate: lr,
  trainingMode,
});
