import { expect, test } from "vitest";
import { countDevice } from "../../scripts/bench/gpu-count.js";
import { findDawn, loadDawn, openDawn } from "../../src/engine/dawn.js";
import { tf } from "../../src/engine/tf.js";
import { openDevice } from "../../src/engine/webgpu.js";
import { registerWebgpu } from "../../src/engine/webgpu-backend.js";

const dawn = findDawn();

test.skipIf(dawn === undefined)(
  "a dispatch is counted with the bytes of all that it reads and writes",
  async () => {
    if (dawn === undefined) return;
    const { gpu, adapter } = await openDawn(await loadDawn(dawn), ["backend=null"], false);
    if (adapter === undefined) throw new Error("Dawn has no null backend.");
    const device = await openDevice(adapter);
    const count = countDevice(device);
    registerWebgpu(gpu, device, adapter);
    await tf.setBackend("webgpu");
    const [x, y] = [tf.ones([2 ** 10, 2 ** 8]), tf.ones([2 ** 10, 2 ** 8])];
    const before = { ...count };
    const sum = tf.add(x, y);
    expect(count.dispatches - before.dispatches).toBe(1);
    const uniforms = count.bytes - before.bytes - 3 * 4 * 2 ** 18;
    expect(uniforms).toBeGreaterThanOrEqual(0);
    expect(uniforms).toBeLessThan(256);
    await sum.data();
    expect(count.submissions).toBe(before.submissions + 1);
    expect(count.byLabel.get("BinaryOpProgram")?.dispatches).toBe(1);
    tf.dispose([x, y, sum]);
  },
);
