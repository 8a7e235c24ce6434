import type { RunConfig } from "../experiment/run-config.js";
import { requestedStages } from "../experiment/stage-table.js";
import type { Status } from "../experiment/status.js";
import { formatBytes, formatDuration } from "../format.js";
import { nextSteps } from "../workflow/next-steps.js";

/** A status as lines for people. */
export function describeStatus(config: RunConfig, status: Status, now: Date): string[] {
  const total = status.artefacts.reduce((sum, { state }) => sum + state.bytes, 0);
  const width = Math.max(...status.artefacts.map(({ artefact }) => nameOf(artefact).length));
  return [
    `${config.attack} on ${config.dataset}, ${config.model}, ${config.scenario}; results in ${status.resultsDir}`,
    ...describeRun(status, now),
    "",
    ...status.artefacts.flatMap((found) => describeArtefact(found, width, now)),
    `in all ${formatBytes(total)}`,
    "",
    ...describeNext(config, status),
  ];
}

type Found = Status["artefacts"][number];

const nameOf = ({ name, kind }: Found["artefact"]): string => name ?? kind;

function describeRun({ running, latestRun }: Status, now: Date): string[] {
  const live = running === undefined ? [] : [`running: ${running}`];
  if (latestRun === undefined) return running === undefined ? ["no run has left a record yet"] : live;
  const { started, ended, exit, peakMemoryBytes } = latestRun;
  if (ended === null) {
    if (running !== undefined) return live;
    return [`latest run: begun ${ago(new Date(started), now)}, and killed before its end`];
  }
  const seconds = (Date.parse(ended) - Date.parse(started)) / 1000;
  const took = `after ${formatDuration(Math.max(0, seconds))}, peak memory ${formatBytes(peakMemoryBytes)}`;
  return [...live, `latest run: ended ${ago(new Date(ended), now)} ${took}: ${exit}`];
}

function describeArtefact({ artefact, state }: Found, width: number, now: Date): string[] {
  const { kind, position, reasons, bytes, changed, writer } = state;
  const size = kind === "missing" && bytes === 0 ? "" : formatBytes(bytes);
  const age = changed === undefined ? "" : ago(changed, now);
  const cells = [nameOf(artefact).padEnd(width), kind.padEnd(14), size.padStart(7), age.padStart(15)];
  const notes = [
    ...(kind === "half done" && position !== undefined ? [`would go on from ${position}`] : []),
    ...reasons,
    ...(writer === undefined ? [] : [writer]),
  ];
  return [[...cells, artefact.path].join("  "), ...notes.map((note) => `${" ".repeat(width + 2)}${note}`)];
}

function describeNext(config: RunConfig, { running, artefacts }: Status): string[] {
  if (running !== undefined) return ["A run would now stop at once: these results are being written."];
  const states = new Map(artefacts.map(({ artefact, state }) => [artefact.path, state]));
  const steps = nextSteps(requestedStages(config), states, config.force);
  return ["A run would now:", ...steps.map(({ stage, text }) => `  --${stage.padEnd(18)} ${text}`)];
}

/** Clocks of other machines may be ahead. */
const ago = (then: Date, now: Date): string =>
  `${formatDuration(Math.max(0, now.getTime() - then.getTime()) / 1000)} ago`;
