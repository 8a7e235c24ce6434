import { nodePreGypEnv } from "./build-binding.js";
import { reasonIn, runCommand } from "./run-command.js";
import { WayClosed, type WayContext, type WayResult } from "./way.js";

/** A stalled download must end some day: 400 MB at 0.3 MB/s. */
const installTimeoutMs = 25 * 60_000;

/**
 * Way b: the package's own installer, which fetches the official library (2.9.1, CUDA 11) and a ready binding.
 * @throws WayClosed when its host does not answer within seconds, or the installer fails
 */
export async function useOfficialBinary(context: WayContext): Promise<WayResult> {
  const host = downloadHost();
  await requireHost(host);
  context.reporter.info(`Running the package's own installer (downloads about 400 MB from ${host}).`);
  const result = await runCommand(process.execPath, ["scripts/install.js", "gpu", "download"], {
    cwd: context.stage,
    env: nodePreGypEnv(context.stage),
    signal: context.signal,
    timeoutMs: installTimeoutMs,
  });
  if (!result.ok) throw new WayClosed(`the package's own installer failed (${reasonIn(result.lines)})`);
  return { source: host };
}

/** The address scripts/install.js downloads from, by the same variables. */
function downloadHost(): string {
  const { TFJS_NODE_CDN_STORAGE, npm_config_TFJS_NODE_CDN_STORAGE, CDN_STORAGE } = process.env;
  return (
    TFJS_NODE_CDN_STORAGE ||
    npm_config_TFJS_NODE_CDN_STORAGE ||
    CDN_STORAGE ||
    "https://storage.googleapis.com/"
  );
}

/** Asks once, for a few seconds. Behind a proxy only the installer can ask: it knows the proxy, fetch does not. */
async function requireHost(host: string): Promise<void> {
  const { HTTPS_PROXY, https_proxy, HTTP_PROXY, http_proxy } = process.env;
  if (HTTPS_PROXY || https_proxy || HTTP_PROXY || http_proxy) return;
  try {
    await fetch(host, { method: "HEAD", signal: AbortSignal.timeout(5000) });
  } catch {
    throw new WayClosed(`${host} cannot be reached`);
  }
}
