/** An element of a job array. */
export interface SlurmElement {
  /** `<array>_<task>`: what commands and log files call it by. */
  readonly name: string;
  /** Times that Slurm has started it again. */
  readonly restarts: number;
}

/** The element that this process is; undefined outside of Slurm's arrays. */
export function ownElement(): SlurmElement | undefined {
  const { SLURM_ARRAY_JOB_ID: job, SLURM_ARRAY_TASK_ID: task, SLURM_RESTART_COUNT: restarts } = process.env;
  if (job === undefined || task === undefined) return undefined;
  return { name: `${job}_${task}`, restarts: Number(restarts ?? 0) };
}
