import { join } from "node:path";
import { allIds } from "../datasets/select.js";
import { sha256OfJson } from "../files/sha256.js";
import type { Model } from "../nn/model.js";
import { createRng, sampleWithoutReplacement } from "../random/rng.js";
import type { Run } from "../run.js";
import { fewestTrusted } from "../scan/class-verdict.js";
import type { Examined } from "../scan/examine.js";
import type { ScanOptions } from "../scan/options.js";
import { comparedDigest } from "../scan/report/write-scan-report.js";
import { networkFile } from "../scan/scan-network.js";
import type { Verdict } from "../scan/verdict.js";
import { digestOf } from "../store/content-digest.js";
import { forwardOf, mostOverlays } from "./forward.js";
import { networkPass, rowsOf } from "./network-pass.js";
import { scanJudges } from "./scan-judges.js";
import type { ComparisonSubject, Seen } from "./subject.js";

/** Share of all images that is taken to be poison where nobody knows. */
const usualShare = 0.01;

/** The images of a finished scan, class by class, as the scan itself sees them. @param model its network, borrowed */
export async function scanSubject(
  { out, global_seed: seed }: Pick<ScanOptions, "out" | "global_seed">,
  { data, classes, verdict, activations }: Examined,
  model: Model,
  run: Run,
): Promise<ComparisonSubject> {
  const { subject, images } = data;
  const pass = await networkPass(model, subject, subject.images.labels.length, run);
  const trusted = Int32Array.from(classes.flatMap((one) => [...one.trusted])).sort();
  const rng = createRng(seed).fork("compare");
  const overlays = sampleWithoutReplacement(rng, trusted, Math.min(mostOverlays, trusted.length));
  const forward = forwardOf(model, subject, overlays, run.signal);
  const judges = scanJudges(model, subject, run);
  const seen = seenBy(verdict);
  const compared = classes
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
          stages: rowsOf(activations, members),
          earlier: [],
          forward,
          scanJudges: judges,
          assumedShare: usualShare,
        },
        suspects: allIds(rows.suspects.length),
        trusted: allIds(members.length).subarray(rows.suspects.length),
        trustedOthers: trusted.filter((row) => pass.labels[row] !== label),
      };
    });
  return {
    kind: "scan",
    digest: sha256OfJson([
      images,
      (await digestOf(join(out, networkFile))) ?? null,
      classes.map((one) => [...one.trusted]),
    ]),
    reported: await comparedDigest(out, data),
    classes: compared,
    nameOf: ({ examined }, member) => data.nameOf(examined.members[member]),
    ours: ({ name }, member) => seen(name, member),
    assumedShare: usualShare,
  };
}

/** What the scan itself says of the suspects of a class, by their places in it. */
function seenBy({ classes }: Verdict): (name: string, member: number) => Seen {
  const byName = new Map(classes.map((one) => [one.name, one]));
  return (name, member) => {
    const found = byName.get(name);
    if (!found) throw new Error(`No verdict on ${name}.`);
    return { score: found.scores[member], isFlagged: found.flagged[member] === 1 };
  };
}
