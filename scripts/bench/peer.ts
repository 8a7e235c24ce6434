import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** The same work done by another program, which waits while ours is timed. */
export interface Peer {
  /** Does the work once. @returns its seconds, by its own clock, and what it reports beside them */
  run(): Promise<PeerAnswer>;
  close(): void;
}

type PeerAnswer = Record<string, number> & { readonly seconds: number };

/** Whether python3 has these modules. */
export const hasPython = (...modules: string[]): boolean =>
  spawnSync("python3", ["-c", modules.map((name) => `import ${name}`).join("\n")]).status === 0;

/**
 * Starts a script of peers/, and waits until it has prepared its work.
 * @throws Error when it ends instead of answering
 */
export async function startPeer(script: string, settings: object): Promise<Peer> {
  const path = fileURLToPath(new URL(`./peers/${script}`, import.meta.url));
  const child = spawn("python3", [path, JSON.stringify(settings)], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const answer = async (): Promise<PeerAnswer> => {
    const ended = once(lines, "close").then(() => {
      throw new Error(`${script} ended before it answered.`);
    });
    const [line] = await Promise.race([once(lines, "line"), ended]);
    return JSON.parse(line);
  };
  await answer();
  return {
    run() {
      child.stdin.write("run\n");
      return answer();
    },
    close: () => void child.kill(),
  };
}
