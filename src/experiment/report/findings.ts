import { z } from "zod";
import type { Detection, Threshold } from "../../detection/detect.js";
import type { ScoreVerdict } from "../../detection/score-verdict.js";
import { readJson, writeFileAtomic } from "../../files/atomic-file.js";
import { exists } from "../../files/exists.js";
import { sha256OfJson } from "../../files/sha256.js";
import type { Origin } from "../../store/origin.js";

/** What scoring found, as far as a report shows it: after retraining it is shown again. */
export interface Findings {
  readonly scores: Pick<Detection["scores"], "sampleIds" | "scores" | "cleanIds" | "cleanScores">;
  readonly thresholds: readonly Threshold[];
  /** The cut that says whom to exclude. */
  readonly chosen: Threshold["name"];
  readonly traces: Traces;
  /** int32 ids of the images most like one of high score, by its id: unflagged suspects or clean reference samples. */
  readonly nearest: ReadonlyMap<number, readonly number[]>;
  /** Undefined where there were too few clean reference samples. */
  readonly calibrated: ReportedVerdict | undefined;
}

/** Scores by epoch. */
export interface Traces {
  /** Ascending. */
  readonly epochs: readonly number[];
  /** In the order of `scores.sampleIds`: the score in each epoch, in [0, 1]; NaN where the sample was not captured. */
  readonly suspects: readonly (readonly number[])[];
  /** The same of `scores.cleanIds`. */
  readonly clean: readonly (readonly number[])[];
}

/** Of a verdict on the suspects of `scores.sampleIds`, in their order. */
export interface ReportedVerdict extends Omit<ScoreVerdict, "reference"> {
  /** float64 [any], of clean reference samples */
  readonly reference: Float64Array;
}

const floats = z.array(z.number()).transform((values) => Float64Array.from(values));
const ints = z.array(z.int()).transform((values) => Int32Array.from(values));
const cut = z.enum(["KMeans", "Gaussian", "custom"]);
const traces = z.array(
  z.array(
    z
      .number()
      .nullable()
      .transform((value) => value ?? Number.NaN),
  ),
);

const schema = z.object({
  /** SHA-256 (hex) of what decides what is found. */
  of: z.string(),
  chosen: cut,
  thresholds: z.array(z.object({ name: cut, value: z.number() })),
  calibrated: z
    .object({
      score: z.string(),
      p: z.number(),
      atLeast: z.int(),
      wouldNotice: z
        .int()
        .nullable()
        .transform((value) => value ?? undefined),
      scores: floats,
      pValues: floats,
      eValues: floats,
      flagged: z.array(z.int()).transform((values) => Uint8Array.from(values)),
      flaggedIn: floats,
      bound: ints,
      reference: floats,
    })
    .nullable()
    .transform((value) => value ?? undefined),
  scores: z.object({ sampleIds: ints, scores: floats, cleanIds: ints, cleanScores: floats }),
  traces: z.object({ epochs: z.array(z.int()), suspects: traces, clean: traces }),
  nearest: z.array(z.tuple([z.int(), z.array(z.int())])).transform((entries) => new Map(entries)),
});

const digestOf = ({ settings, inputs }: Origin): string => sha256OfJson([settings, inputs]);

/** @param origin of the list of excluded samples */
export async function keepFindings(path: string, findings: Findings, origin: Origin): Promise<void> {
  const { nearest, calibrated, ...found } = findings;
  const plain = {
    // Says that it is ours.
    config: origin.settings,
    of: digestOf(origin),
    ...found,
    calibrated: calibrated ? { ...calibrated, wouldNotice: calibrated.wouldNotice ?? null } : null,
    nearest: [...nearest],
  };
  // Typed arrays as arrays; what is no number becomes null.
  const text = JSON.stringify(plain, (_, value: unknown) =>
    ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value,
  );
  await writeFileAtomic(path, `${text}\n`);
}

/** What scoring found with these settings; undefined where nothing sound of theirs is there. */
export async function readFindings(path: string, origin: Origin): Promise<Findings | undefined> {
  if (!(await exists(path))) return undefined;
  const found = schema.safeParse(await readJson(path).catch(() => undefined));
  if (!found.success) return undefined;
  const { of, ...findings } = found.data;
  return of === digestOf(origin) ? findings : undefined;
}
