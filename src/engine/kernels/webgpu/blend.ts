import type { Kernels } from "../kernels.js";
import { elementwise } from "./elementwise.js";

const wgsl = /* wgsl */ `
struct Settings {
  share: f32,
}

fn result(a: f32, b: f32) -> array<f32, RESULTS> {
  return array(a * (1 - settings.share) + b * settings.share);
}
`;

export const blend: Kernels["blend"] = (pairs, share) =>
  elementwise({ label: "blend", wgsl, inputs: 2, results: 1 }, pairs, [share]).flat();
