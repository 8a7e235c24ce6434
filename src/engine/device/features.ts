/** What a device may have beyond WebGPU's core, and what a shader of ours can use where it does. */
export const optionalFeatures = [
  "shader-f16",
  "subgroups",
  "timestamp-query",
  "chromium-experimental-subgroup-matrix",
] as const;

/**
 * What makes Dawn show float16 on NVIDIA and subgroup matrices anywhere. Some drivers die of it, so that it is used only after
 * the self-test. Dawn takes one such argument, with commas.
 */
export const dawnSwitches = "enable-dawn-features=vulkan_enable_f16_on_nvidia,allow_unsafe_apis";
