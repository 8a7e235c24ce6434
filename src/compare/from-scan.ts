import { join } from "node:path";
import { captureActivations } from "../capture/activations.js";
import { allIds } from "../datasets/select.js";
import { UserError } from "../errors.js";
import { exists } from "../files/exists.js";
import { readRegularFile, unreadable } from "../files/regular-file.js";
import { sha256OfJson } from "../files/sha256.js";
import { createRng, sampleWithoutReplacement } from "../random/rng.js";
import type { Run } from "../run.js";
import { fewestTrusted } from "../scan/class-verdict.js";
import { comparedDigest } from "../scan/report/write-scan-report.js";
import { readScanData, type ScanData } from "../scan/scan-data.js";
import { networkFile, scanNetwork } from "../scan/scan-network.js";
import { digestOf } from "../store/content-digest.js";
import { parseCsv, plainText } from "../store/csv.js";
import type { FinishedScan } from "./finished-scan.js";
import { forwardOf, mostOverlays } from "./forward.js";
import { networkPass, rowsOf } from "./network-pass.js";
import type { ComparisonSubject, Seen } from "./subject.js";

/** Share of all images that is taken to be poison where nobody knows. */
const usualShare = 0.01;

/**
 * The images of a finished scan, class by class.
 * @throws UserError when its data is not what was scanned, or what it has left is damaged
 */
export async function scanSubject(
  { options, images }: FinishedScan,
  run: Run,
): Promise<ComparisonSubject & { readonly seed: number }> {
  const { out } = options;
  const network = join(out, networkFile);
  if (!(await exists(network)))
    throw new UserError(`There is no ${network}.`, "Scan again: the network is kept in the scan's folder.");
  const ours = await readResults(join(out, "results.csv"));
  const data = await readScanData({ ...options, cacheDir: join(out, "decoded") }, run);
  if (data.images !== images)
    throw new UserError(
      `${options.data} is not what was scanned: its images are others now.`,
      "Bring back what was moved to the quarantine, or scan again.",
    );
  const model = await scanNetwork(network, data, options, run);
  try {
    const { subject, numSuspects } = data;
    const count = subject.images.labels.length;
    const pass = await networkPass(model, subject, count, run);
    const { normalization } = subject;
    const stages = await captureActivations(model, subject.images, allIds(count), {
      normalization,
      signal: run.signal,
    });
    const trusted = allIds(count).subarray(numSuspects);
    const rng = createRng(options.global_seed).fork("compare");
    const overlays = sampleWithoutReplacement(rng, trusted, Math.min(mostOverlays, trusted.length));
    const forward = forwardOf(model, subject, overlays, run.signal);
    const classes = data.classes
      .map((one, label) => ({ ...one, label }))
      .filter((one) => one.trusted.length >= fewestTrusted && one.suspects.length > 0)
      .map(({ name, label, ...rows }) => {
        const members = Int32Array.from([...rows.suspects, ...rows.trusted]);
        return {
          name,
          examined: {
            label,
            members,
            pass,
            stages: rowsOf(stages, members),
            earlier: [],
            forward,
            assumedShare: usualShare,
          },
          suspects: allIds(rows.suspects.length),
          trusted: allIds(members.length).subarray(rows.suspects.length),
          trustedOthers: trusted.filter((row) => pass.labels[row] !== label),
        };
      });
    return {
      kind: "scan",
      seed: options.global_seed,
      digest: sha256OfJson([images, (await digestOf(network)) ?? null]),
      reported: await comparedDigest(out, data),
      classes,
      nameOf: ({ examined }, member) => data.nameOf(examined.members[member]),
      ours: ({ name, examined }, member) => seenBy(ours, data, name, examined.members[member]),
      assumedShare: usualShare,
      dispose: () => model.dispose(),
    };
  } catch (error) {
    model.dispose();
    throw error;
  }
}

type Results = ReadonlyMap<string, Seen>;
const keyOf = (file: string, label: string): string => JSON.stringify([file, label]);

/** What the scan said of each image. */
async function readResults(path: string): Promise<Results> {
  const bytes = await readRegularFile(path).catch(unreadable(path, "Scan again."));
  const damaged = new UserError(`${path} is damaged.`, "Scan again: the network is kept.");
  try {
    const [header, ...lines] = parseCsv(bytes.toString("utf8"));
    const [file, label, by, flagged] = ["file", "label", "by", "flagged"].map((name) => header.indexOf(name));
    if (Math.min(file, label, by, flagged) < 0) throw damaged;
    return new Map(
      lines.map((cells) => {
        // The score that leads in the image's class; none where it was not ranked.
        const score = Number(cells[header.indexOf(cells[by])]);
        return [keyOf(cells[file], cells[label]), { score, isFlagged: cells[flagged] === "1" }];
      }),
    );
  } catch {
    throw damaged;
  }
}

function seenBy(results: Results, data: ScanData, name: string, row: number): Seen {
  const found = results.get(keyOf(plainText(data.nameOf(row)), plainText(name)));
  if (!found)
    throw new UserError(`results.csv lacks ${data.nameOf(row)}.`, "Scan again: the network is kept.");
  return found;
}
