import { RunError } from "../../errors.js";
import { outOfMemory } from "./out-of-memory.js";

/** What goes wrong with a device shows only as an event, while its results are whatever the buffers held. */
export interface DeviceWatch {
  /** Takes the failure of a call for that of the device, unless one is known. */
  note(error: unknown): void;
  /** @throws RunError when the device has failed */
  check(): void;
}

/** @param allocated bytes of all its buffers */
export function watchDevice(device: GPUDevice, allocated: () => number): DeviceWatch {
  let failure: RunError | undefined;
  const note = (error: unknown) => {
    failure ??= errorOf(error instanceof Error ? error.message : String(error));
  };
  device.addEventListener("uncapturederror", (event) => {
    event.preventDefault(); // Dawn's default is to print it.
    const { error } = event as GPUUncapturedErrorEvent;
    failure ??=
      error instanceof GPUOutOfMemoryError
        ? outOfMemory(allocated(), firstLine(error.message))
        : errorOf(error.message);
  });
  void device.lost.then(({ message }) => {
    failure ??= new RunError(
      `The graphics device was lost: ${firstLine(message)}`,
      "Run the same command again: it goes on where it stopped. If that happens again, use smaller batches, or --engine wasm.",
    );
  });
  return {
    note,
    check() {
      if (failure !== undefined) throw failure;
    },
  };
}

const errorOf = (message: string): RunError =>
  new RunError(
    `The graphics device failed: ${firstLine(message)}`,
    "Smaller batches need less memory; --engine wasm works without a graphics device.",
  );

const firstLine = (message: string): string => message.split("\n", 1)[0];
