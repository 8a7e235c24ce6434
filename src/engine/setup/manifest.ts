import { existsSync, readFileSync, statSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { writeJsonAtomic } from "../../files/atomic-file.js";
import { findProgram, hasNvidiaDriver } from "./tools.js";

const manifestName = "poisonspot-setup.json";
const failureName = "poisonspot-setup-failed.json";

/**
 * Where the library came from: it was in the package already, named by the user, the package's own binaries, or the
 * TensorFlow wheel.
 */
export type SetupWay = "found" | "named" | "official" | "wheel";

/** Written last, after a successful load test: where it stands, the set-up is finished. */
export interface SetupManifest {
  readonly schemaVersion: 1;
  readonly way: SetupWay;
  /** The file, folder or address the library was taken from. */
  readonly source: string;
  /** Hex sha256 of `source`, where it is one file. */
  readonly sourceSha256?: string;
  readonly libraryVersion: string;
  readonly platform: string;
  /** Files of the package that must be there, by path inside it. */
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
}

/** A failed attempt is remembered with what it met, so that it is not repeated until that changes. */
interface SetupFailure {
  readonly machine: string;
  readonly reason: string;
}

/** The finished set-up in `packageDir`, or undefined when there is none or its files have changed size. */
export function readManifest(packageDir: string): SetupManifest | undefined {
  const manifest = readJson<SetupManifest>(join(packageDir, manifestName));
  if (manifest?.schemaVersion !== 1 || manifest.platform !== platformName()) return undefined;
  const intact = Object.entries(manifest.files).every(
    ([path, { bytes }]) => statSync(join(packageDir, path), { throwIfNoEntry: false })?.size === bytes,
  );
  return intact ? manifest : undefined;
}

export async function writeManifest(packageDir: string, manifest: SetupManifest): Promise<void> {
  await writeJsonAtomic(join(packageDir, manifestName), { ...manifest });
  await rm(join(packageDir, failureName), { force: true });
}

/** From now until a new manifest is written, the set-up counts as unfinished. */
export async function removeManifest(packageDir: string): Promise<void> {
  await rm(join(packageDir, manifestName), { force: true });
}

/** Why the last attempt on this machine failed, or undefined if none did or the machine has changed since. */
export function readFailure(packageDir: string): string | undefined {
  const failure = readJson<SetupFailure>(join(packageDir, failureName));
  return failure?.machine === machineState() ? failure.reason : undefined;
}

export async function writeFailure(packageDir: string, reason: string): Promise<void> {
  const failure = { machine: machineState(), reason } satisfies SetupFailure;
  await writeJsonAtomic(join(packageDir, failureName), failure);
}

export function platformName(): string {
  return `${process.platform}-${process.arch}`;
}

/** What decides whether an attempt may go better than the last one: tools, driver, Node. */
function machineState(): string {
  const tools = ["python3", "pip3", "make", "g++"].map((name) => `${name}=${findProgram(name) ?? "none"}`);
  return [platformName(), process.version, ...tools, `nvidia=${hasNvidiaDriver()}`].join(" ");
}

function readJson<T>(path: string): T | undefined {
  if (!existsSync(path)) return undefined;
  try {
    // Our own file: written by the functions above.
    return JSON.parse(readFileSync(path, "utf8")) as T;
  } catch {
    return undefined;
  }
}
