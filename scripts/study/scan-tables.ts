import { meanInterval } from "../../src/statistics/mean-interval.js";
import { median } from "../../src/statistics/median.js";
import { intervalText, shareText } from "../../src/statistics/share.js";
import { markdownTable } from "./markdown-table.js";
import type { ClassRecord, ScanRecord } from "./scans.js";

const percent = (share: number): string => `${(100 * share).toFixed(0)} %`;

const share = (count: number, of: number): string => shareText({ count, of });
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** "7.2 [3.1, 11.3]": mean in percent, with Student's interval; of one alone without. */
function meanText(shares: readonly number[]): string {
  const found = meanInterval(shares);
  if (found === undefined) return "–";
  return `${(100 * found.mean).toFixed(1)}${shares.length > 1 ? ` ${intervalText(found)}` : ""}`;
}

const mean = (values: readonly number[]): number => sum(values) / values.length;
const small = (p: number): string => (p < 0.001 ? p.toExponential(0) : p.toFixed(3));

const isClean = ({ attack }: ClassRecord): boolean => attack === "clean";

/** What scans of clean data said: how often there was an alarm, and how the classes' p-values are distributed. */
export function nullTable(records: readonly ScanRecord[]): string {
  const alarms = records.filter(({ classes }) => classes.some((one) => one.isEvidence));
  const flagging = records.filter(({ classes }) =>
    classes.some((one) => one.isEvidence && one.flagged[0] > 0),
  );
  const images = records.flatMap(({ classes }) =>
    classes.map((one) => (one.isEvidence ? one.flagged[0] : 0)),
  );
  const classes = records.flatMap((record) => record.classes);
  const scores = classes[0].byScore.map(({ score }) => score);
  const pOf = (name: string) =>
    classes.flatMap((one) => one.byScore.flatMap((by) => (by.score === name ? [by.p] : [])));
  const small = (name: string, p: readonly number[]) => [
    name,
    ...[0.01, 0.05, 0.1, 0.5].map((level) => share(p.filter((one) => one <= level).length, p.length)),
  ];
  return [
    `scans with evidence: ${share(alarms.length, records.length)}; with a flagged image: ${share(flagging.length, records.length)}; images flagged: ${sum(images)}`,
    "",
    markdownTable([
      ["p of a clean class", "<= 0.01", "<= 0.05", "<= 0.1", "<= 0.5"],
      ...scores.map((name) => small(name, pOf(name))),
      small(
        "all scores together",
        classes.map(({ p }) => p),
      ),
    ]),
  ].join("\n");
}

/**
 * What scans of poisoned data said, a row for each attack and number of trusted images; then the clean classes among them. Poisons
 * of a class without evidence count as not flagged; the share of clean images is a mean over the scans that flagged any.
 */
export function powerTable(records: readonly ScanRecord[]): string {
  const trusted = [...new Set(records.map(({ choice }) => choice.trusted))].sort((a, b) => b - a);
  const attacks = [...new Set(records.flatMap(({ classes }) => classes.map(({ attack }) => attack)))]
    .filter((attack) => attack !== "clean")
    .sort();
  const scores = records[0].classes[0].byScore.map(({ score }) => score);
  const rows = trusted.flatMap((n) => {
    const scans = records.filter(({ choice }) => choice.trusted === n);
    return attacks.map((attack) => {
      const found = scans.flatMap(({ classes }) => classes.filter((one) => one.attack === attack));
      const named = found.filter((one) => one.isEvidence);
      const caught = sum(named.map((one) => one.flagged[1]));
      const clean = named.flatMap(({ flagged: [all, poisons] }) => (all > 0 ? [(all - poisons) / all] : []));
      const success = scans.flatMap(({ attackSuccess }) => attackSuccess[attack] ?? []);
      return [
        attack,
        `${median(found.map(({ poisons }) => poisons))}`,
        `${n}`,
        share(named.length, found.length),
        share(caught, sum(found.map(({ poisons }) => poisons))),
        meanText(clean),
        `${median(found.map(({ wouldNotice }) => wouldNotice ?? Number.NaN))}`,
        `${median(named.length > 0 ? named.map(({ atLeast }) => atLeast) : [0])}`,
        ...scores.map((name) => {
          const by = found.flatMap((one) => one.byScore.filter(({ score }) => score === name));
          return `${mean(by.map(({ auc }) => auc ?? Number.NaN)).toFixed(2)}, ${small(median(by.map(({ p }) => p)))}`;
        }),
        `${percent(Math.min(...success))} to ${percent(Math.max(...success))}`,
      ];
    });
  });
  const others = trusted.map((n) => {
    const scans = records.filter(({ choice }) => choice.trusted === n);
    const clean = scans.flatMap(({ classes }) => classes.filter(isClean));
    const alarms = clean.filter((one) => one.isEvidence);
    const images = sum(alarms.map(({ flagged: [all] }) => all));
    return `clean classes with evidence, ${n} trusted: ${share(alarms.length, clean.length)}, ${images} images flagged`;
  });
  const header = [
    "attack",
    "poisons",
    "trusted",
    "class named",
    "poisons flagged",
    "clean among flagged, %",
    "would notice",
    "at least",
  ];
  return [
    markdownTable([[...header, ...scores.map((name) => `${name}: AUC, p`), "ASR"], ...rows]),
    "",
    ...others.map((line) => `- ${line}`),
  ].join("\n");
}
