import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface CommandOptions {
  readonly cwd?: string;
  /** Variables on top of this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** Milliseconds after which the command counts as hung and is ended. */
  readonly timeoutMs?: number;
  /** Called with every line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
}

export interface CommandResult {
  readonly ok: boolean;
  /** Both streams together, line by line. */
  readonly lines: readonly string[];
}

/**
 * Runs a program to its end, without a shell. On abort or timeout it is ended together with whatever it started.
 * @throws the signal's reason when aborted; a program that fails or cannot be found is a result, not an exception
 */
export async function runCommand(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  options.signal?.throwIfAborted();
  const ownGroup = process.platform !== "win32";
  const child = spawn(program, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
    detached: ownGroup,
  });
  const end = () => {
    try {
      if (ownGroup && child.pid !== undefined) process.kill(-child.pid, "SIGTERM");
      else child.kill();
    } catch {
      // It has ended by itself.
    }
  };
  const lines: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => {
      lines.push(line);
      options.onLine?.(line);
    });
  }
  const timer = options.timeoutMs === undefined ? undefined : setTimeout(end, options.timeoutMs);
  options.signal?.addEventListener("abort", end, { once: true });
  process.once("exit", end);
  const ok = await new Promise<boolean>((resolve) => {
    child.once("error", (error) => {
      lines.push(error.message);
      resolve(false);
    });
    child.once("close", (code) => resolve(code === 0));
  });
  clearTimeout(timer);
  options.signal?.removeEventListener("abort", end);
  process.removeListener("exit", end);
  options.signal?.throwIfAborted();
  return { ok, lines };
}

/** The line in which a failed program most likely says why. */
export function reasonIn(lines: readonly string[]): string {
  const spoken = lines.filter((line) => line.trim() !== "");
  const telling = spoken.find((line) => /\b\w*Error: |\berror: |ENOTFOUND|fatal/.test(line));
  return (telling ?? spoken.at(-1) ?? "no message").trim();
}
