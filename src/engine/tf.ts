import { createRequire } from "node:module";
import type * as types from "@tensorflow/tfjs";

const require = createRequire(import.meta.url);

/**
 * The array language. Everybody imports it from here: `import { tf } from "./tf.js"`, and writes values
 * (`tf.matMul`) and types (`tf.Tensor4D`) as usual.
 *
 * The native binding and the wasm backend are CommonJS and register themselves on the CommonJS copy of tfjs-core.
 * Importing "@tensorflow/tfjs" as an ES module may load a second copy (a bundler or test runner reads its "module"
 * field), with no backend and other Tensor classes. Here there is only one.
 */
export const tf: typeof types = require("@tensorflow/tfjs");

// Silences tfjs's banners ("Hi, looks like you are running TensorFlow.js in Node.js"); it changes no result.
tf.enableProdMode();

/** The types of tfjs under the same name as its values; add a line when one is missing. */
export namespace tf {
  export type DataType = types.DataType;
  export type DataTypeMap = types.DataTypeMap;
  export type GradSaveFunc = types.GradSaveFunc;
  export type KernelBackend = types.KernelBackend;
  export type KernelConfig = types.KernelConfig;
  export type NamedAttrMap = types.NamedAttrMap;
  export type NamedTensorInfoMap = types.NamedTensorInfoMap;
  export type NamedTensorMap = types.NamedTensorMap;
  export type Rank = types.Rank;
  export type Scalar = types.Scalar;
  export type Tensor<R extends types.Rank = types.Rank> = types.Tensor<R>;
  export type Tensor1D = types.Tensor1D;
  export type Tensor2D = types.Tensor2D;
  export type Tensor3D = types.Tensor3D;
  export type Tensor4D = types.Tensor4D;
  export type Tensor5D = types.Tensor5D;
  export type TensorInfo = types.TensorInfo;
  export type TensorLike = types.TensorLike;
  export type TypedArray = types.TypedArray;
  export type Variable<R extends types.Rank = types.Rank> = types.Variable<R>;
}
