import { captureActivations } from "../capture/activations.js";
import { asFiles } from "../datasets/rounded-pixels.js";
import { allIds, indicesOfClass } from "../datasets/select.js";
import { rowsById, rowsInCommon } from "../detection/per-sample-rows.js";
import { UserError } from "../errors.js";
import { artefactsOf } from "../experiment/artefacts.js";
import { planCapture } from "../experiment/capture-plan.js";
import { checkManifest, withSuspicion } from "../experiment/captured.js";
import type { Experiment } from "../experiment/experiment.js";
import { comparedDigest } from "../experiment/report/write-experiment-report.js";
import type { RunConfig } from "../experiment/run-config.js";
import { loadTrained } from "../experiment/trained-model.js";
import { exists } from "../files/exists.js";
import { readRegularFile } from "../files/regular-file.js";
import { sha256OfJson } from "../files/sha256.js";
import type { Model } from "../nn/model.js";
import { sampleWithoutReplacement } from "../random/rng.js";
import { areaUnderRoc } from "../statistics/ranks.js";
import { resolveCheckpoint } from "../store/checkpoint.js";
import { digestOf } from "../store/content-digest.js";
import { parseCsv } from "../store/csv.js";
import { readIndexList } from "../store/index-list.js";
import { readSampleLevel } from "../store/provenance-store.js";
import type { CapturedIncrements } from "./captured-increments.js";
import { forwardOf, mostOverlays } from "./forward.js";
import { type NetworkPass, networkPass } from "./network-pass.js";
import { scanJudges } from "./scan-judges.js";
import type { ComparisonSubject } from "./subject.js";

/**
 * The images of a finished experiment: its suspects, and the images of the target class that are under no suspicion as trusted ones.
 * @throws UserError when what was captured is of other settings
 */
export async function experimentSubject(
  experiment: Experiment,
): Promise<ComparisonSubject & { dispose(): void }> {
  const { artefacts, config, rng, run, subject, truth } = experiment;
  const { suspicion } = planCapture({ ...experiment, poisonIds: truth.allPoisonIds }, "sample level");
  const captured = await capturedOf(experiment, withSuspicion(experiment.contents, suspicion));
  const trusted = suspicion.reference.filter((id) => captured === undefined || captured.isUsable(id));
  const members = Int32Array.from([...suspicion.suspects, ...trusted]);
  const model = await finishedModel(experiment);
  try {
    const { images, trainIds, normalization } = subject;
    const count = config.sampleFromTest ? images.labels.length : trainIds.length;
    const pass = await networkPass(model, subject, count, run);
    const stages = await captureActivations(model, images, members, { normalization, signal: run.signal });
    const own = rng.fork("compare");
    const tests = allIds(images.labels.length).subarray(trainIds.length);
    const overlays = sampleWithoutReplacement(
      own.fork("overlays"),
      tests,
      Math.min(mostOverlays, tests.length),
    );
    const others = pass.labels.reduce((labels, label) => labels.add(label), new Set<number>());
    others.delete(config.targetClass);
    const trustedOthers = [...others]
      .sort((a, b) => a - b)
      .flatMap((label) => {
        const ids = indicesOfClass(pass.labels.subarray(0, trainIds.length), label);
        return [
          ...sampleWithoutReplacement(
            own.fork(`trusted-${label}`),
            ids,
            Math.min(trusted.length, ids.length),
          ),
        ];
      });
    const poisons = new Set(truth.allPoisonIds);
    const assumedShare = truth.allPoisonIds.length / trainIds.length;
    const examined = {
      label: config.targetClass,
      members,
      pass,
      stages,
      earlier: await earlierPasses(experiment, count),
      forward: forwardOf(model, subject, overlays, run.signal),
      scanJudges: scanJudges(model, { images: asFiles(images, count), normalization }, run),
      increments: captured?.of(members),
      assumedShare,
    };
    const digests = await Promise.all(
      [artefacts.poisonedModel(config.epochs).model, artefacts.increments, artefacts.excluded].map(
        ({ path }) => digestOf(path),
      ),
    );
    return {
      kind: "experiment",
      digest: sha256OfJson([experiment.contents.digests, digests.map((one) => one ?? null), [...members]]),
      reported: await comparedDigest(experiment),
      classes: [
        {
          name: experiment.dataset.classNames[config.targetClass],
          examined,
          suspects: allIds(suspicion.suspects.length),
          trusted: allIds(members.length).subarray(suspicion.suspects.length),
          trustedOthers: Int32Array.from(trustedOthers),
        },
      ],
      nameOf: (_, member) => images.sourceOf?.(members[member]) ?? `training image ${members[member]}`,
      isPoison: (_, member) => poisons.has(members[member]),
      ours: captured === undefined ? "stages" : "poisonspot",
      assumedShare,
      note: await asRun(experiment),
      dispose: () => model.dispose(),
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

/** Finds out before any work whether the network that detectors look at is there. @throws UserError where it is not */
export async function checkIsTrained(config: RunConfig): Promise<void> {
  const { path } = artefactsOf(config).poisonedModel(config.epochs).model;
  if ((await resolveCheckpoint(path)) !== undefined) return;
  throw new UserError(
    `There is no ${path}: detectors are compared on the poisoned model.`,
    "Run --poisoned_training with the same flags first.",
  );
}

async function finishedModel(experiment: Experiment): Promise<Model> {
  const { artefacts, config, run } = experiment;
  const { model } = artefacts.poisonedModel(config.epochs);
  run.reporter.info(`network: ${model.path}`);
  return loadTrained(experiment, model);
}

/** Of the networks that capture stages started from, those trained for less long than the finished one; earliest first. */
async function earlierPasses(experiment: Experiment, count: number): Promise<NetworkPass[]> {
  const { artefacts, config, run, subject } = experiment;
  const epochs = [...new Set([config.epBlBase, config.epSlBase])].sort((a, b) => a - b);
  const passes: NetworkPass[] = [];
  for (const one of epochs.filter((base) => base > 0 && base < config.epochs)) {
    const artefact = artefacts.poisonedModel(one).model;
    if ((await resolveCheckpoint(artefact.path)) === undefined) continue;
    const model = await loadTrained(experiment, artefact);
    try {
      passes.push(await networkPass(model, subject, count, run));
    } finally {
      model.dispose();
    }
  }
  return passes;
}

/** How well the run itself ranked its suspects: from all steps captured, with all trusted images told to be clean. */
async function asRun({ paths, truth }: Experiment): Promise<string | undefined> {
  const bytes = await readRegularFile(paths.scoreTable).catch(() => undefined);
  const [header, ...lines] = parseCsv(bytes?.toString("utf8") ?? "");
  const score = header?.indexOf("score") ?? -1;
  if (score < 0) return undefined;
  const poisons = new Set(truth.allPoisonIds);
  const of = (isPoison: boolean) =>
    Float64Array.from(
      lines.filter(([id]) => poisons.has(Number(id)) === isPoison).map((cells) => Number(cells[score])),
    );
  const area = areaUnderRoc(of(true), of(false));
  return area === undefined
    ? undefined
    : `As run, from all captured steps and told of every trusted image, PoisonSpot's AUC was ${area.toFixed(3)}.`;
}

interface Captured {
  /** Whether there are rows enough of a trusted image. */
  isUsable(id: number): boolean;
  /** @param members int32, rows of the training set */
  of(members: Int32Array): CapturedIncrements;
}

/** What the run has captured; undefined where it has not. */
async function capturedOf(
  { artefacts, config, run }: Experiment,
  contents: Experiment["contents"],
): Promise<Captured | undefined> {
  const { increments, excluded } = artefacts;
  if (!(await exists(increments.path))) {
    run.reporter.warn(`there is no ${increments.path}: nothing is compared with what weights did`);
    return undefined;
  }
  const { manifest, features, suspects, clean } = await readSampleLevel(increments.path);
  await checkManifest(increments, manifest, contents, "sample_level");
  const rows = rowsById(Int32Array.from([...suspects.sampleIds, ...clean.sampleIds]));
  const counts = (ids: Int32Array) => [...new Set(ids)].map((id) => rows.get(id)?.length ?? 0);
  const perSample = rowsInCommon(counts(suspects.sampleIds), counts(clean.sampleIds));
  const data = new Float32Array(suspects.rows.length + clean.rows.length);
  data.set(suspects.rows);
  data.set(clean.rows, suspects.rows.length);
  const list = (await exists(excluded.path)) ? await readIndexList(excluded.path, "") : undefined;
  const out = list && new Set(list.ids);
  const { cvModel, groups, k2 } = config;
  return {
    isUsable: (id) => (rows.get(id)?.length ?? 0) >= perSample,
    of: (members) => ({
      table: { rows: data.length / features.length, cols: features.length, data },
      rowsOf: Array.from(members, (id) => Int32Array.from(rows.get(id) ?? [])),
      perSample,
      scoring: { cvModel, groups, k2 },
      excluded: out && Uint8Array.from(members, (id) => (out.has(id) ? 1 : 0)),
    }),
  };
}
