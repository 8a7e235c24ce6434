import { mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { quietAddonPath } from "./package-dir.js";
import { runCommand } from "./run-command.js";

/**
 * Since 2.17 the TensorFlow library logs a line while it is being loaded, before it has read the variable that would
 * mute it. This add-on points stderr at /dev/null during that moment. It declares the few Node-API functions it
 * uses (a stable binary interface), so that it needs no headers of Node.
 */
const source = `
#include <fcntl.h>
#include <unistd.h>
typedef struct napi_env_ *napi_env;
typedef struct napi_value_ *napi_value;
typedef struct napi_info_ *napi_info;
typedef napi_value (*napi_callback)(napi_env, napi_info);
extern "C" {
int napi_create_function(napi_env, const char *, unsigned long, napi_callback, void *, napi_value *);
int napi_set_named_property(napi_env, napi_value, const char *, napi_value);
static int saved = -1;
static napi_value mute(napi_env, napi_info) {
  if (saved >= 0) return nullptr;
  int nothing = open("/dev/null", O_WRONLY | O_CLOEXEC);
  if (nothing < 0) return nullptr;
  saved = fcntl(2, F_DUPFD_CLOEXEC, 3);
  if (saved >= 0) dup2(nothing, 2);
  close(nothing);
  return nullptr;
}
static napi_value restore(napi_env, napi_info) {
  if (saved < 0) return nullptr;
  dup2(saved, 2);
  close(saved);
  saved = -1;
  return nullptr;
}
static void add(napi_env env, napi_value exports, const char *name, napi_callback function) {
  napi_value value;
  napi_create_function(env, name, ~0ul, function, nullptr, &value);
  napi_set_named_property(env, exports, name, value);
}
__attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  add(env, exports, "mute", mute);
  add(env, exports, "restore", restore);
  return exports;
}
}
`;

/**
 * Builds the add-on into lib/ of a package (or of its stage). Not having it costs a line on stderr, nothing more.
 * @returns whether it was built
 */
export async function buildQuietAddon(packageDir: string, signal?: AbortSignal): Promise<boolean> {
  const target = join(packageDir, quietAddonPath);
  await mkdir(dirname(target), { recursive: true });
  const code = `${target}.cc`;
  await writeFile(code, source);
  const link = process.platform === "darwin" ? ["-undefined", "dynamic_lookup"] : [];
  const options = ["-shared", "-fPIC", "-O1", "-std=c++11", ...link];
  const { ok } = await runCommand("g++", [...options, "-o", `${target}.partial`, code], { signal });
  if (ok) await rename(`${target}.partial`, target);
  await rm(code);
  return ok;
}
