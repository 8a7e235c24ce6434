import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeJsonAtomic } from "../../files/atomic-file.js";
import { sha256OfJson } from "../../files/sha256.js";
import type { AdapterInfo } from "../dawn.js";
import { userCacheFolder } from "../user-folders.js";
import { type TestedDevice, testedDeviceSchema } from "./self-test.js";

/** What decides how a device's self-test ends. A driver says its version in the adapter's description. */
export interface DeviceKey {
  readonly adapter: AdapterInfo;
  readonly dawnVersion: string;
}

/** What an earlier self-test has found, with the same adapter, driver and Dawn; undefined when there was none. */
export async function recallDevice(key: DeviceKey): Promise<TestedDevice | undefined> {
  const path = pathOf(key);
  if (path === undefined) return undefined;
  try {
    return testedDeviceSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch {
    return undefined;
  }
}

/** Where nothing can be written, the next run tests again. */
export async function rememberDevice(key: DeviceKey, tested: TestedDevice): Promise<void> {
  const path = pathOf(key);
  if (path !== undefined) await writeJsonAtomic(path, tested).catch(() => undefined);
}

function pathOf({ adapter, dawnVersion }: DeviceKey): string | undefined {
  const folder = userCacheFolder();
  if (folder === undefined) return undefined;
  const { vendor, architecture, device, description } = adapter;
  const system = [process.platform, process.arch];
  const hash = sha256OfJson([formatVersion, system, vendor, architecture, device, description, dawnVersion]);
  return join(folder, "poisonspot", `webgpu-device-${hash.slice(0, 16)}.json`);
}

/** Counts the changes of what the self-test asks: answers to other questions are not taken. */
const formatVersion = 1;
