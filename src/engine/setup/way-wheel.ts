import { mkdir, readdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { sha256OfFile } from "../../files/sha256.js";
import { buildBinding, requireBuildTools } from "./build-binding.js";
import { linkLibraries } from "./library-files.js";
import { runCommand } from "./run-command.js";
import { hasNvidiaDriver } from "./tools.js";
import { readWheelText, unpackWheel } from "./unpack-wheel.js";
import { WayClosed, type WayContext, type WayResult } from "./way.js";
import { cudaRequirements, placeOfCudaMember, placeOfTensorflowMember } from "./wheel-layout.js";

const wheelVersion = "2.21.0";
/** The library in the wheel is the same for every Python: where there is no wheel for this one, take that of 3.12. */
const otherPython = ["--python-version", "3.12", "--implementation", "cp", "--abi", "cp312"];

/**
 * Way c: the TensorFlow wheel holds the library and its headers; the binding is built against them. With an NVIDIA
 * driver, the wheel with GPU support and its CUDA wheels (this part has not been tried on a GPU).
 * @throws WayClosed when the wheel cannot be had, or python3, pip, make or g++ is missing
 */
export async function useWheel(context: WayContext): Promise<WayResult> {
  if (process.platform !== "linux") throw new WayClosed("the TensorFlow wheel is used on Linux only");
  await requireBuildTools(context.signal, ["pip"]);
  const deps = join(context.stage, "deps");
  const wheel = hasNvidiaDriver() ? await downloadWithCuda(context) : await downloadForCpu(context);
  context.reporter.info("Unpacking the library and its headers from the wheel.");
  await unpackWheel(wheel, deps, placeOfTensorflowMember, context);
  await linkLibraries(join(deps, "lib"));
  await buildBinding(context);
  return {
    source: basename(wheel),
    sourceSha256: await sha256OfFile(wheel, context.signal),
  };
}

function downloadForCpu(context: WayContext): Promise<string> {
  return downloadOne(`tensorflow-cpu==${wheelVersion}`, "about 275 MB", context);
}

async function downloadWithCuda(context: WayContext): Promise<string> {
  try {
    const wheel = await downloadOne(`tensorflow==${wheelVersion}`, "about 600 MB", context);
    const requirements = cudaRequirements(await readWheelText(wheel, ".dist-info/METADATA"));
    context.reporter.info(`Fetching ${requirements.length} CUDA wheels with pip (about 2.5 GB).`);
    const folder = join(context.downloads, "cuda");
    await pipDownload(requirements, folder, context);
    for (const name of await wheelsIn(folder)) {
      await unpackWheel(join(folder, name), join(context.stage, "deps"), placeOfCudaMember, context);
    }
    return wheel;
  } catch (error) {
    if (!(error instanceof WayClosed)) throw error;
    context.reporter.warn(`An NVIDIA driver is here, but ${error.message}. Going on without the GPU.`);
    return downloadForCpu(context);
  }
}

/** @returns the path of the wheel of `requirement`, from an earlier attempt or from pip */
async function downloadOne(requirement: string, size: string, context: WayContext): Promise<string> {
  const folder = join(context.downloads, requirement.replace("==", "-"));
  const [ready] = await wheelsIn(folder);
  if (ready !== undefined) {
    context.reporter.info(`Using ${ready} from an earlier attempt.`);
    return join(folder, ready);
  }
  context.reporter.info(`Fetching ${requirement} with pip (${size}).`);
  await pipDownload([requirement], folder, context);
  const [fetched] = await wheelsIn(folder);
  if (fetched === undefined) throw new WayClosed(`pip did not leave a wheel of ${requirement}`);
  return join(folder, fetched);
}

/** pip puts a file into `folder` only once it is complete and its hash agrees with the index. */
async function pipDownload(requirements: string[], folder: string, context: WayContext): Promise<void> {
  await mkdir(folder, { recursive: true });
  let retrying = false;
  const onLine = (line: string) => {
    if (/^\s*(Downloading|Processing|Using cached) /.test(line)) context.reporter.info(`pip: ${line.trim()}`);
    if (!retrying && line.includes("Retrying")) {
      retrying = true;
      context.reporter.info("pip: its index does not answer; pip tries for some seconds before it gives up.");
    }
  };
  const download = (extra: string[]) => {
    const fixed = [
      "-m",
      "pip",
      "download",
      "--no-deps",
      "--only-binary=:all:",
      "--progress-bar",
      "off",
      "-d",
      folder,
    ];
    return runCommand("python3", [...fixed, ...extra, ...requirements], { signal: context.signal, onLine });
  };
  let result = await download([]);
  const noneForThisPython = result.lines.some((line) => line.includes("Could not find a version"));
  if (!result.ok && noneForThisPython && !retrying) result = await download(otherPython);
  if (result.ok) return;
  const reason =
    result.lines.filter((line) => line.startsWith("ERROR:")).at(-1) ?? result.lines.at(-1) ?? "no reason";
  throw new WayClosed(`pip could not fetch ${requirements.join(" ")} (${reason.replace(/^ERROR:\s*/, "")})`);
}

async function wheelsIn(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter((name) => name.endsWith(".whl")).sort();
}
