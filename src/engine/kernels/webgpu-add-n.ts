import { tf } from "../tf.js";

/** The storage buffers that WebGPU promises a shader, less the one for the sum. */
const most = 7;

/** tfjs gives all terms of tf.addN to one shader, and WebGPU refuses more than it promises: this adds in groups. */
export function registerAddN(): void {
  const kernel = tf.getKernel("AddN", "webgpu");
  const add = (args: Parameters<typeof kernel.kernelFunc>[0]): tf.TensorInfo => {
    const terms = Object.values(args.inputs) as tf.TensorInfo[]; // a list has no gaps
    if (terms.length <= most) return kernel.kernelFunc(args) as tf.TensorInfo;
    const backend = args.backend as tf.KernelBackend;
    const first = kernel.kernelFunc({ ...args, inputs: asInputs(terms.slice(0, most)) }) as tf.TensorInfo;
    const sum = add({ ...args, inputs: asInputs([first, ...terms.slice(most)]) });
    backend.disposeData(first.dataId);
    return sum;
  };
  tf.unregisterKernel("AddN", "webgpu");
  tf.registerKernel({ ...kernel, kernelFunc: add });
}

/** The kernels of tfjs that take a list get it under this type. */
const asInputs = (terms: tf.TensorInfo[]): tf.NamedTensorInfoMap => terms as unknown as tf.NamedTensorInfoMap;
