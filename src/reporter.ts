/** How long work tells its user how it goes. The CLI draws it; a library caller may pass `silentReporter`. */
export interface Reporter {
  /** A line the user should read. */
  info(line: string): void;
  /** A line the run was made for: shown even to who wants to hear little. */
  result(line: string): void;
  /** Figures for who looks closely. */
  detail(line: string): void;
  /** The part of the run, e.g. its stage, that all further lines are about. */
  section(name: string): void;
  /** Something is off, but the run goes on. */
  warn(line: string): void;
  /** A unit of work with a known length: a bar with ETA on a terminal, a few plain lines elsewhere. */
  progress(label: string, total: number): Progress;
}

export interface Progress {
  /** @param done units finished so far, 0..total; `note` is shown beside the bar (e.g. "loss 0.41") */
  update(done: number, note?: string): void;
  stop(): void;
}

export const silentReporter: Reporter = {
  info() {},
  result() {},
  detail() {},
  section() {},
  warn() {},
  progress: () => ({ update() {}, stop() {} }),
};
