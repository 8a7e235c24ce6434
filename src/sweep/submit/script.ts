/** What the files that schedulers get have in common. */
export interface Submission {
  /** Absolute path of the sweep's folder. */
  readonly sweep: string;
  /** Start of the command line of this program: its interpreter and its file, absolute. */
  readonly program: readonly string[];
  /** Lines of the list of cells that are to be run, ascending. */
  readonly indexes: readonly number[];
  /** Cells that run at a time; undefined: as many as there is room for. */
  readonly throttle: number | undefined;
}

/** A file that a scheduler gets. */
export interface SubmissionFile {
  /** Seen from the sweep's folder. */
  readonly path: string;
  readonly text: string;
}

/** A word for a POSIX shell, in quotes where it needs them. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/** The command that runs a cell, up to its index. The working folder is the sweep's. */
export const cellCommand = ({ program }: Submission): string =>
  [...program.map(shellWord), "sweep cell --list cells.jsonl --index"].join(" ");
