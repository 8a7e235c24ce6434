import { expect, test } from "vitest";
import { adapterNames, flagsOf } from "../../../src/engine/device/adapters.js";

const complaint = [
  "no suitable backends found",
  "Available adapters:",
  " * backend: 'vulkan', name: 'llvmpipe (LLVM 15.0.6, 256 bits)'",
  " * backend: 'vulkan', name: 'NVIDIA GeForce RTX 3060'",
  " * backend: 'vulkan', name: 'NVIDIA GeForce RTX 3060 Ti'",
].join("\n");

test("GPU 0 is the one that the system ranks first, the others come as Dawn names them", () => {
  const names = adapterNames(complaint, "nvidia-geforce-rtx-3060-ti");
  expect(names).toEqual([
    "NVIDIA GeForce RTX 3060 Ti",
    "llvmpipe (LLVM 15.0.6, 256 bits)",
    "NVIDIA GeForce RTX 3060",
  ]);
  expect(adapterNames(complaint, "llvmpipe-llvm-15-0-6-256-bits-")[0]).toContain("llvmpipe");
  expect(flagsOf(0, names)).toEqual([]);
  expect(flagsOf(1, names)).toEqual(["adapter=llvmpipe (LLVM 15.0.6, 256 bits)"]);
});

test("a number that no GPU has is refused with a list; so is a name that another GPU has, too", () => {
  const names = adapterNames(complaint, "nvidia-geforce-rtx-3060-ti");
  expect(() => flagsOf(3, names)).toThrow("There is no GPU 3 for WebGPU.");
  expect(() => flagsOf(3, names)).toThrow(
    expect.objectContaining({ hint: expect.stringContaining("1: llvmpipe (LLVM 15.0.6, 256 bits)") }),
  );
  expect(() => flagsOf(2, names)).toThrow("cannot tell GPU 2 from another by its name");
  expect(() => flagsOf(1, ["NVIDIA H100", "NVIDIA H100"])).toThrow("cannot tell GPU 1 from another");
  expect(() => flagsOf(1, [])).toThrow("There is no GPU 1");
});
