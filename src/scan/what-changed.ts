import { readJson } from "../files/atomic-file.js";
import { shownPath } from "../files/shown-path.js";
import { reportSchema } from "./outputs/report.js";
import type { Verdict } from "./verdict.js";

/** What an earlier scan has left. */
export type EarlierReport = Pick<ReturnType<typeof reportSchema.parse>, "finding" | "classes">;

/** @returns undefined where there is no report, or none that can be read */
export async function readEarlierReport(path: string): Promise<EarlierReport | undefined> {
  return reportSchema.safeParse(await readJson(path).catch(() => undefined)).data;
}

/** How a verdict differs from an earlier one, in lines for people. */
export function whatChanged(earlier: EarlierReport, { finding, classes }: Verdict): string[] {
  const before = new Map(earlier.classes.map((one) => [one.name, one]));
  const lines = classes.flatMap((one) => {
    const old = before.get(one.name);
    if (old === undefined) return [];
    const changes = [
      change("flagged", old.flagged, one.numFlagged),
      change("trusted", old.trusted, one.trusted),
      change("p", old.p?.toPrecision(2), one.p?.toPrecision(2)),
    ].filter((text) => text !== undefined);
    return changes.length > 0 ? [`class ${shownPath(one.name)}: ${changes.join(", ")}`] : [];
  });
  const verdict = change("verdict", earlier.finding, finding) ?? `verdict: still ${finding}`;
  return ["changed by the decisions:", ...(lines.length > 0 ? lines : ["no class"]), verdict];
}

function change(
  name: string,
  before: string | number | undefined,
  after: string | number | undefined,
): string | undefined {
  return before === after ? undefined : `${name} ${before ?? "unknown"} -> ${after ?? "unknown"}`;
}
