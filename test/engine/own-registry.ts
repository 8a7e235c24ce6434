import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { vi } from "vitest";

export const integrityOf = (bytes: Buffer) => `sha512-${createHash("sha512").update(bytes).digest("base64")}`;

/** A registry for npm that has one package, and a user's data folder of its own. */
export interface OwnRegistry {
  readonly folder: string;
  /** What it was asked for. */
  readonly asked: string[];
  close(): Promise<void>;
}

export async function startRegistry(name: string, version: string, tarball: Buffer): Promise<OwnRegistry> {
  const folder = await mkdtemp(join(tmpdir(), "poisonspot-own-copy-"));
  const asked: string[] = [];
  const registry = createServer((request, response) => {
    asked.push(request.url ?? "");
    if (request.url?.endsWith(".tgz")) return void response.end(tarball);
    const dist = { tarball: `${address()}/package.tgz`, integrity: integrityOf(tarball) };
    const described = { name, version, hasInstallScript: true, dist };
    const text = { name, versions: { [version]: described }, "dist-tags": { latest: version } };
    response.end(JSON.stringify(text));
  });
  const address = () => `http://127.0.0.1:${(registry.address() as AddressInfo).port}`;
  await new Promise<void>((resolve) => registry.listen(0, "127.0.0.1", resolve));
  vi.stubEnv("XDG_DATA_HOME", join(folder, "data"));
  vi.stubEnv("npm_config_registry", address());
  vi.stubEnv("npm_config_cache", join(folder, "cache"));
  const close = async () => {
    vi.unstubAllEnvs();
    registry.close();
    registry.closeAllConnections();
    await rm(folder, { recursive: true, force: true });
  };
  return { folder, asked, close };
}
