import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { UserError } from "../../src/errors.js";
import { readPickledTensor } from "../../src/store/pytorch/pickled-tensor.js";
import { temporaryFolder } from "./temporary-folder.js";

/** `pickle.dump(torch.arange(6.).reshape(1, 2, 3).transpose(1, 2), file)`, by PyTorch 2.13 */
const transposed = Buffer.from(
  "gASVogEAAAAAAACMDHRvcmNoLl91dGlsc5SMEl9yZWJ1aWxkX3RlbnNvcl92MpSTlCiMDXRvcmNoLnN0b3JhZ2WUjBBfbG9hZF9mcm9tX2J5dGVzlJOUQhMBAACAAooKbPycRvkgaqhQGS6AAk3pAy6AAn1xAChYEAAAAHByb3RvY29sX3ZlcnNpb25xAU3pA1gNAAAAbGl0dGxlX2VuZGlhbnECiFgKAAAAdHlwZV9zaXplc3EDfXEEKFgFAAAAc2hvcnRxBUsCWAMAAABpbnRxBksEWAQAAABsb25ncQdLBHV1LoACKFgHAAAAc3RvcmFnZXEAY3RvcmNoCkZsb2F0U3RvcmFnZQpxAVgOAAAAOTQwMzQ0NzEzNDA1MTJxAlgDAAAAY3B1cQNLBk50cQRRLoACXXEAWA4AAAA5NDAzNDQ3MTM0MDUxMnEBYS4GAAAAAAAAAAAAAAAAAIA/AAAAQAAAQEAAAIBAAACgQJSFlFKUSwBLAUsDSwKHlEsGSwFLA4eUiYwLY29sbGVjdGlvbnOUjAtPcmRlcmVkRGljdJSTlClSlHSUUpQu",
  "base64",
);

async function read(bytes: Uint8Array) {
  const path = join(await temporaryFolder(), "tensor.pkl");
  await writeFile(path, bytes);
  return readPickledTensor(path);
}

test("a pickled tensor is read in C order, whatever its strides", async () => {
  const { shape, data } = await read(transposed);
  expect(shape).toEqual([1, 3, 2]);
  expect([...data]).toEqual([0, 3, 1, 4, 2, 5]);
});

/** The pickle with one text in the place of another of the same length. */
function replaced(from: string, to: string): Buffer {
  const bytes = Buffer.from(transposed);
  const at = bytes.indexOf(from);
  if (at < 0 || from.length !== to.length) throw new Error(from);
  bytes.write(to, at, "latin1");
  return bytes;
}

const pickleOf = (...ops: string[]) => Buffer.from(`\x80\x02${ops.join("")}.`, "latin1");
const hostile: Record<string, [Buffer, string]> = {
  "a call of the system": [pickleOf("cos\nsystem\n", "X\x04\0\0\0true", "\x85R"), 'asks for "os.system"'],
  "a call within the storage": [
    replaced("FloatStorage\n", "_load_global\n"),
    'a tensor of "torch._load_global"',
  ],
  "a storage loaded within a storage": [
    replaced("ctorch\nFloatStorage", "ctorch\nLoad_Storage"),
    'a tensor of "torch.Load_Storage"',
  ],
  "no tensor": [pickleOf("K\x07"), "it holds no tensor"],
  "a storage from what are no bytes": [
    pickleOf("ctorch.storage\n_load_from_bytes\n", "K\x07\x85R"),
    "a storage without its bytes",
  ],
  "a cut": [transposed.subarray(0, 300), "275 bytes expected, 208 left"],
  nothing: [Buffer.alloc(0), "1 bytes expected, 0 left"],
};
test.each(Object.entries(hostile))("%s is refused", async (_, [bytes, reason]) => {
  const error = await read(bytes).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(UserError);
  expect(String(error)).toContain("tensor.pkl");
  expect(String(error)).toContain(reason);
});

test("what is missing or a folder is refused by name", async () => {
  const folder = await temporaryFolder();
  await expect(readPickledTensor(folder)).rejects.toThrow(`${folder} is a folder, not a file`);
  await expect(readPickledTensor(join(folder, "no.pkl"))).rejects.toThrow(UserError);
});
