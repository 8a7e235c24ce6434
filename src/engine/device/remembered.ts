import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { type JsonValue, writeJsonAtomic } from "../../files/atomic-file.js";
import { sha256OfJson } from "../../files/sha256.js";
import type { AdapterInfo } from "../dawn.js";
import { racedTiles, type TileOrders } from "../kernels/webgpu/tiles.js";
import { userCacheFolder } from "../user-folders.js";
import { type TestedDevice, testedDeviceSchema } from "./self-test.js";

/** What decides how a device's tests end. A driver says its version in the adapter's description. */
export interface DeviceKey {
  readonly adapter: AdapterInfo;
  readonly dawnVersion: string;
}

/** Something found out about a device that holds for the same adapter, driver and Dawn. */
interface Memory<T extends JsonValue> {
  /** The one found before; undefined when there is none. */
  readonly recall: (key: DeviceKey) => Promise<T | undefined>;
  /** Where nothing can be written, the next run finds out again. */
  readonly remember: (key: DeviceKey, found: T) => Promise<void>;
}

/** @param asked what was asked of the device: answers to other questions are not taken */
function memory<T extends JsonValue>(name: string, asked: unknown, schema: z.ZodType<T>): Memory<T> {
  const pathOf = ({ adapter, dawnVersion }: DeviceKey): string | undefined => {
    const folder = userCacheFolder();
    if (folder === undefined) return undefined;
    const { vendor, architecture, device, description } = adapter;
    const system = [process.platform, process.arch];
    const hash = sha256OfJson([asked, system, vendor, architecture, device, description, dawnVersion]);
    return join(folder, "poisonspot", `webgpu-${name}-${hash.slice(0, 16)}.json`);
  };
  return {
    async recall(key) {
      const path = pathOf(key);
      if (path === undefined) return undefined;
      try {
        return schema.parse(JSON.parse(await readFile(path, "utf8")));
      } catch {
        return undefined;
      }
    },
    async remember(key, found) {
      const path = pathOf(key);
      if (path !== undefined) await writeJsonAtomic(path, found).catch(() => undefined);
    },
  };
}

/** The number counts the changes of what the self-test asks. */
export const selfTests: Memory<TestedDevice> = memory("self-test", 1, testedDeviceSchema);

const place = z
  .int()
  .min(0)
  .max(racedTiles.length - 1);
const ordersSchema = z.array(z.array(place).readonly().nullable()).readonly();
export const tileRaces: Memory<TileOrders> = memory("tiles", racedTiles, ordersSchema);
