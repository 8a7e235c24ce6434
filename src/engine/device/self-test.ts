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
  done: z.literal(true).optional(),
});

/** Also a busy machine's driver is given time; what it was too slow for is not remembered. */
const timeoutMs = 180_000;
const noAnswer = "does not answer";
export const isLasting = ({ refused }: TestedDevice): boolean =>
  refused.every(({ failure }) => failure !== noAnswer);

/**
 * Tries a device's features in processes of their own, which a driver may take with it: plain, then with Dawn's switches
 * where these show more.
 * @param choice the flags that choose the adapter
 * @throws Error when not even float32 works
 */
export async function testDevice(dawn: DawnPackage, choice: readonly string[] = []): Promise<TestedDevice> {
  const plain = await tryFeatures(dawn, choice, []);
  const failure = plain.failures.get("");
  if (failure !== undefined) throw new Error(`the graphics device ${failure}`);
  const failed = [...plain.failures.keys()];
  const switched = await tryFeatures(dawn, [...choice, dawnSwitches], failed, plain.features);
  const works = (trial: Trial) =>
    trial.failures.has("") ? [] : trial.features.filter((name) => !trial.failures.has(name));
  const switches = works(switched).some((name) => !plain.features.includes(name));
  const features = works(switches ? switched : plain);
  const refused = [...plain.failures, ...switched.failures].map(([name, failure]) => {
    return { feature: name === "" ? "Dawn's switches" : name, failure };
  });
  return { switches, features, refused };
}

/** Tries all features but those in `without`, and then without those that the driver has died of, until it survives. */
async function tryFeatures(
  dawn: DawnPackage,
  flags: readonly string[],
  without: readonly string[],
  known?: readonly string[],
): Promise<Trial> {
  const deadly = new Map<string, string>();
  for (;;) {
    const features = optionalFeatures.filter((name) => !deadly.has(name) && !without.includes(name));
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
  const start = performance.now();
  const { lines } = await runCommand(process.execPath, args, { timeoutMs });
  const answers = lines
    .filter((line) => line.startsWith(prefix))
    .map((line) => answerSchema.parse(JSON.parse(line.slice(prefix.length))));
  const failures = new Map<string, string>();
  for (const { feature, failure } of answers)
    if (feature !== undefined && failure) failures.set(feature, failure);
  const features = answers.find((answer) => answer.features)?.features ?? [];
  // A driver that dies as the process ends does no harm.
  if (answers.at(-1)?.done) return { features, failures };
  const said = lines.filter((line) => !line.startsWith(prefix) && !line.startsWith("Warning: "));
  const crash = said.length === 0 ? "crashes" : `crashes: ${reasonIn(said)}`;
  const failure = performance.now() - start < timeoutMs ? crash : noAnswer;
  return { features, failures, died: { feature: answers.at(-1)?.feature ?? "", failure } };
}
