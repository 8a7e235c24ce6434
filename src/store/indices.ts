import { UserError } from "../errors.js";
import { readNpy, writeNpy } from "./npy.js";

/** Writes sample ids so that `numpy.load` reads them. @param indices int32 [N] */
export const writeIndices = (path: string, indices: Int32Array): Promise<void> =>
  writeNpy(path, { dtype: "int32", shape: [indices.length], data: indices });

/** Reads sample ids, int32 or int64 on disk. @returns int32 [N] @throws UserError when missing or damaged */
export async function readIndices(
  path: string,
  hint = "Run --score_samples with the same settings first.",
): Promise<Int32Array> {
  const { dtype, shape, data } = await readNpy(path, { hint });
  const refuse = (reason: string) => new UserError(`${path} is no list of sample ids: ${reason}.`, hint);
  if (shape.length !== 1) throw refuse(`it has ${shape.length} axes, not one`);
  if (dtype === "int32") return data;
  if (dtype !== "int64") throw refuse(`it holds ${dtype}, not int32 or int64`);
  const result = Int32Array.from(data, Number);
  const wrong = data.findIndex((value, i) => value !== BigInt(result[i]));
  if (wrong >= 0) throw refuse(`it holds ${data[wrong]}, which is no sample id`);
  return result;
}
