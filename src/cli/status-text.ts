import type { RunConfig } from "../experiment/run-config.js";
import { formatBytes, formatDuration } from "../format.js";
import { nextSteps } from "./next-steps.js";
import type { Artefact, Status } from "./status.js";

/** A status as lines for people. */
export function describeStatus(config: RunConfig, status: Status, now: Date): string[] {
  const artefacts = [
    status.cleanBase,
    status.clean,
    ...[...status.models.values()].flatMap(({ model, optimizer }) => [model, optimizer]),
    status.features,
    status.increments,
    status.excluded,
    status.retrained,
  ];
  const total = artefacts.reduce((sum, { bytes }) => sum + bytes, 0);
  const width = Math.max(...artefacts.map(({ name }) => name.length));
  return [
    `${config.attack} on ${config.dataset}, ${config.model}, ${config.scenario}; results in ${status.resultsDir}`,
    ...describeRun(status, now),
    "",
    ...artefacts.flatMap((artefact) => describeArtefact(artefact, width, now)),
    `in all ${formatBytes(total)}`,
    "",
    ...describeNext(config, status),
  ];
}

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

function describeArtefact(artefact: Artefact, width: number, now: Date): string[] {
  const { name, kind, position, reasons, bytes, changed, path, writer } = artefact;
  const size = kind === "missing" && bytes === 0 ? "" : formatBytes(bytes);
  const age = changed === undefined ? "" : ago(changed, now);
  const line = [name.padEnd(width), kind.padEnd(11), size.padStart(7), age.padStart(15), path].join("  ");
  const notes = [
    ...(kind === "half done" && position !== undefined ? [`would go on from ${position}`] : []),
    ...reasons,
    ...(writer === undefined ? [] : [writer]),
  ];
  return [line, ...notes.map((note) => `${" ".repeat(width + 2)}${note}`)];
}

function describeNext(config: RunConfig, status: Status): string[] {
  if (status.running !== undefined) return ["A run would now stop at once: these results are being written."];
  const steps = nextSteps(config, status);
  return ["A run would now:", ...steps.map(({ stage, text }) => `  --${stage.padEnd(18)} ${text}`)];
}

/** Clocks of other machines may be ahead. */
const ago = (then: Date, now: Date): string =>
  `${formatDuration(Math.max(0, now.getTime() - then.getTime()) / 1000)} ago`;
