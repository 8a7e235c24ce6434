import { tf } from "../../tf.js";
import type { Kernels } from "../kernels.js";
import { elementwise } from "./elementwise.js";
import { storageOf } from "./storage.js";

const wgsl = /* wgsl */ `
fn result(a: f32, b: f32) -> array<f32, RESULTS> {
  return array(a + b);
}
`;

/** Of two in half the bytes a third; all else is tfjs's. */
export const sum: Kernels["sum"] = (a, b) => {
  const storage = storageOf(a);
  if (storage === "float32" || storageOf(b) !== storage) return tf.add(a, b);
  return elementwise({ label: "sum", wgsl, inputs: 2, results: 1, storage }, [[a, b]])[0][0];
};
