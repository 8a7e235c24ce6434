import { hostname } from "node:os";
import { z } from "zod";
import { readJson, writeJsonAtomic } from "../files/atomic-file.js";
import { ownElement } from "./submit/slurm-element.js";

const stateSchema = z.object({
  /** running: also of one that was killed, whose lock then lives no more. A cell without a state waits for its first run. */
  state: z.enum(["running", "done", "failed", "stopped"]),
  /** Why it failed or was stopped. */
  reason: z.string().optional(),
  /** What it ran, or runs. */
  stages: z.array(z.string()),
  host: z.string(),
  pid: z.int(),
  /** Slurm's name of the array element, which its log is called by. */
  job: z.string().optional(),
  /** Of the latest attempt. */
  started: z.iso.datetime(),
  ended: z.iso.datetime().optional(),
  attempts: z.int(),
});
/** What `state.json` says of a cell: the truth that `status` and `collect` read. */
export type CellState = z.infer<typeof stateSchema>;

/** @returns undefined when there is none, or none that can be read */
export async function readState(path: string): Promise<CellState | undefined> {
  return stateSchema.safeParse(await readJson(path).catch(() => undefined)).data;
}

export const writeState = (path: string, state: CellState): Promise<void> =>
  writeJsonAtomic(path, { ...state });

/** Of an attempt by this process that begins now. */
export function beginning(before: CellState | undefined, stages: readonly string[]): CellState {
  const job = ownElement()?.name;
  return {
    state: "running",
    stages: [...stages],
    host: hostname(),
    pid: process.pid,
    ...(job !== undefined && { job }),
    started: new Date().toISOString(),
    attempts: (before?.attempts ?? 0) + 1,
  };
}
