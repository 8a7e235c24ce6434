import { isNeededHeader, libraryFile } from "./library-files.js";

/** Where a member of the TensorFlow wheel goes in deps/: its two libraries and the headers of the C API. */
export function placeOfTensorflowMember(name: string): string | undefined {
  const path = name.startsWith("tensorflow/") ? name.slice("tensorflow/".length) : "";
  if (libraryFile.test(path)) return `lib/${path}`;
  if (path.startsWith("include/") && isNeededHeader(path.slice("include/".length))) return path;
  return undefined;
}

/** Where a member of a CUDA wheel goes in deps/: the library finds deps/nvidia/<part>/lib relative to itself. */
export function placeOfCudaMember(name: string): string | undefined {
  return /^nvidia\/\w+\/(lib|bin|nvvm)\//.test(name) ? name : undefined;
}

/** The CUDA wheels a TensorFlow wheel asks for, as pip requirements, read from its METADATA. */
export function cudaRequirements(metadata: string): string[] {
  const pattern = /^Requires-Dist: (nvidia-[^;\n]+?)\s*;\s*extra == ['"]and-cuda['"]\s*$/gm;
  return [...metadata.matchAll(pattern)].map(([, requirement = ""]) => requirement);
}
