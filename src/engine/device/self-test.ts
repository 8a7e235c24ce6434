import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { z } from "zod";
import type { DawnPackage } from "../dawn.js";
import { reasonIn, runCommand } from "../setup/run-command.js";
import { dawnSwitches, optionalFeatures } from "./features.js";
import { selfTestScript } from "./self-test-script.js";

/** What a device has been found to do. */
export const testedDeviceSchema = z.object({
  /** Whether Dawn's switches give it features that it would not have. */
  switches: z.boolean(),
  /** Those of `optionalFeatures` that it has and that compute right. */
  features: z.array(z.string()),
  /** What it cannot do although it says so, and what happened: "crashes", "computes wrong numbers". */
  refused: z.array(z.object({ feature: z.string(), failure: z.string() })),
});
export type TestedDevice = z.infer<typeof testedDeviceSchema>;

/** What the script is asked. */
interface SelfTestTask {
  /** Address of Dawn's module. */
  readonly dawn: string;
  readonly flags: readonly string[];
  /** Features to ask for where the adapter has them. */
  readonly features: readonly string[];
  /** Nothing is tested where the adapter has none besides these; absent: all is. */
  readonly known?: readonly string[];
}

/** Some features, tried. */
interface Trial {
  /** Those asked for that the adapter has. */
  readonly features: readonly string[];
  /** What is wrong, by feature; with the plain device under "". */
  readonly failures: ReadonlyMap<string, string>;
}

const prefix = "poisonspot ";
const answerSchema = z.object({
  features: z.array(z.string()).optional(),
  feature: z.string().optional(),
  failure: z.string().nullable().optional(),
});

/**
 * Tries a device's features in processes of their own, which a driver may take with it: plain, then with Dawn's switches
 * where these show more.
 * @param choice the flags that choose the adapter
 * @throws Error when not even float32 works
 */
export async function testDevice(dawn: DawnPackage, choice: readonly string[] = []): Promise<TestedDevice> {
  const plain = await tryFeatures(dawn, choice);
  const failure = plain.failures.get("");
  if (failure !== undefined) throw new Error(`the graphics device ${failure}`);
  const switched = await tryFeatures(dawn, [...choice, dawnSwitches], plain.features);
  const works = (trial: Trial) =>
    trial.failures.has("") ? [] : trial.features.filter((name) => !trial.failures.has(name));
  const switches = works(switched).some((name) => !plain.features.includes(name));
  const features = works(switches ? switched : plain);
  const failures = [...plain.failures, ...switched.failures];
  const refused = new Map(failures.filter(([name]) => name !== "" && !features.includes(name)));
  return { switches, features, refused: [...refused].map(([feature, failure]) => ({ feature, failure })) };
}

/** Tries without the features that the driver has died of, until it survives. */
async function tryFeatures(
  dawn: DawnPackage,
  flags: readonly string[],
  known?: readonly string[],
): Promise<Trial> {
  const deadly = new Map<string, string>();
  for (;;) {
    const features = optionalFeatures.filter((name) => !deadly.has(name));
    const address = pathToFileURL(join(dawn.folder, "index.js")).href;
    const { died, ...trial } = await tryOnce({ dawn: address, flags, features, known });
    if (died !== undefined) deadly.set(died.feature, died.failure);
    if (died === undefined || died.feature === "")
      return { ...trial, failures: new Map([...deadly, ...trial.failures]) };
  }
}

/** @returns also what the process died of, if it did: a feature, or "" */
async function tryOnce(task: SelfTestTask): Promise<Trial & { died?: { feature: string; failure: string } }> {
  const args = ["--input-type=module", "-e", selfTestScript, JSON.stringify(task)];
  const { ok, lines } = await runCommand(process.execPath, args, { timeoutMs: 60_000 });
  const answers = lines
    .filter((line) => line.startsWith(prefix))
    .map((line) => answerSchema.parse(JSON.parse(line.slice(prefix.length))));
  const failures = new Map<string, string>();
  for (const { feature, failure } of answers)
    if (feature !== undefined && failure) failures.set(feature, failure);
  const features = answers.find((answer) => answer.features)?.features ?? [];
  if (ok) return { features, failures };
  const said = lines.filter((line) => !line.startsWith(prefix) && !line.startsWith("Warning: "));
  const failure = said.length === 0 ? "crashes" : `crashes (${reasonIn(said)})`;
  return { features, failures, died: { feature: answers.at(-1)?.feature ?? "", failure } };
}
