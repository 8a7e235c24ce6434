import { shownPath } from "../../files/shown-path.js";
import { formatCount } from "../../format.js";
import type { Report, Supposition } from "../../report/model.js";
import type { JudgedClass } from "../verdict.js";

/** Classes named one by one. */
const namedClasses = 3;

/** What `--reference_poison` asks for: the ends of what would be found, class by class. */
export function suppositionOf(
  classes: readonly JudgedClass[],
  upTo: number | undefined,
): Pick<Report, "supposition"> {
  const supposed = classes.flatMap(({ name, ifReferencePoisoned, adjustedP = 1, isEvidence, numFlagged }) =>
    ifReferencePoisoned
      ? [{ name, asFound: { adjustedP, isEvidence, flagged: numFlagged }, ...ifReferencePoisoned }]
      : [],
  );
  return upTo === undefined || supposed.length === 0 ? {} : { supposition: { upTo, classes: supposed } };
}

/** The same in words: what of the verdict hangs on the trusted images, and where they may hide poison. */
export function suppositionText(classes: readonly JudgedClass[], upTo: number | undefined): string[] {
  const { supposition } = suppositionOf(classes, upTo);
  if (supposition === undefined) return [];
  const those = (is: (one: Supposition["classes"][number]) => boolean) => supposition.classes.filter(is);
  const staying = those(({ asFound, least }) => asFound.isEvidence && least.isEvidence);
  const hanging = those(({ asFound, least }) => asFound.isEvidence && !least.isEvidence);
  const hiding = those(({ asFound, most }) => !asFound.isEvidence && most.isEvidence);
  const flagged = staying.reduce((sum, { least }) => sum + least.flagged, 0);
  const said = [
    ...(staying.length > 0
      ? [`the evidence in ${named(staying)} stays, with at least ${formatCount(flagged)} flagged`]
      : []),
    ...(hanging.length > 0 ? [`the evidence in ${named(hanging)} hangs on which they are`] : []),
    ...(hiding.length > 0
      ? [
          `${named(hiding)} would have evidence if it is those of the highest scores, which are shown below (no evidence by itself: it picks after looking)`,
        ]
      : []),
  ];
  const found = said.length > 0 ? said.join("; ") : "no class would have evidence, whichever they are";
  return [
    `If up to ${formatCount(supposition.upTo)} of the trusted images of each class are poison and nobody knows which: ${found}.`,
  ];
}

const named = (classes: readonly { readonly name: string }[]): string =>
  classes.length > namedClasses
    ? `${formatCount(classes.length)} classes`
    : `${classes.length === 1 ? "class" : "classes"} ${classes.map(({ name }) => `“${shownPath(name)}”`).join(", ")}`;
