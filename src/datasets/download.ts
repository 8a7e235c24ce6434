import { type FileHandle, open, rename, rm, stat } from "node:fs/promises";
import { sha256OfFile } from "../files/sha256.js";
import type { Reporter } from "../reporter.js";

/** A file in the internet, and what it must be. */
export interface RemoteFile {
  /** https; plain http only on this machine */
  readonly url: string;
  /** Exact size. */
  readonly bytes: number;
  /** SHA-256, hex. */
  readonly sha256: string;
}

interface DownloadOptions {
  /** What the progress bar is labelled with. */
  readonly label: string;
  readonly reporter: Reporter;
  readonly signal?: AbortSignal;
}

/** Size in bytes; 0 when there is no such file. */
const sizeOf = (file: string) =>
  stat(file).then(
    (found) => found.size,
    () => 0,
  );

function checkedUrl(text: string): string {
  const { protocol, hostname, href } = new URL(text);
  const isLocal = ["127.0.0.1", "[::1]", "localhost"].includes(hostname);
  if (protocol !== "https:" && !(protocol === "http:" && isLocal)) {
    throw new Error(`${text} is not https`);
  }
  return href;
}

/**
 * Downloads a file. What arrives is kept in `{target}.part`, and a later call goes on from there; `target` appears
 * only when size and hash are right. A part with a wrong hash is removed.
 * @throws Error with a reason for the user; the signal's reason when that stopped it
 */
export async function download(remote: RemoteFile, target: string, options: DownloadOptions): Promise<void> {
  const part = `${target}.part`;
  if ((await sizeOf(part)) > remote.bytes) await rm(part);
  if ((await sizeOf(part)) < remote.bytes) await fetchRest(remote, part, options);
  const hash = await sha256OfFile(part);
  if (hash !== remote.sha256) {
    await rm(part);
    throw new Error(`what ${remote.url} gave has the SHA-256 ${hash}, not ${remote.sha256}, and was removed`);
  }
  await rename(part, target);
}

async function fetchRest(remote: RemoteFile, part: string, options: DownloadOptions): Promise<void> {
  const have = await sizeOf(part);
  const response = await fetch(checkedUrl(remote.url), {
    headers: have > 0 ? { range: `bytes=${have}-` } : {},
    signal: options.signal ?? null,
  }).catch((error: unknown) => {
    options.signal?.throwIfAborted();
    throw new Error(`${remote.url} cannot be reached (${innermostMessage(error)})`, { cause: error });
  });
  checkedUrl(response.url);
  if (!response.ok || response.body === null) throw new Error(`${remote.url} answered ${response.status}`);
  const goesOn = response.status === 206 && startOfRange(response) === have;
  if (response.status === 206 && !goesOn)
    throw new Error(`${remote.url} answered with another part of the file`);
  const file = await open(part, goesOn ? "a" : "w");
  try {
    await save(response.body, file, goesOn ? have : 0, remote, options);
  } finally {
    await file.close();
  }
}

/** First byte of `Content-Range: bytes 100-199/200`. */
function startOfRange(response: Response): number {
  return Number(/^bytes (\d+)-/.exec(response.headers.get("content-range") ?? "")?.[1] ?? Number.NaN);
}

async function save(
  body: ReadableStream<Uint8Array>,
  file: FileHandle,
  have: number,
  { url, bytes }: RemoteFile,
  { label, reporter, signal }: DownloadOptions,
): Promise<void> {
  const progress = reporter.progress(label, bytes);
  const reader = body.getReader();
  let done = have;
  try {
    for (;;) {
      const chunk = await reader.read();
      if (chunk.done) break;
      if (done + chunk.value.length > bytes) throw new Error(`${url} gave more than ${bytes} bytes`);
      await file.writeFile(chunk.value);
      done += chunk.value.length;
      progress.update(done, `${Math.floor(done / 1e6)} of ${Math.ceil(bytes / 1e6)} MB`);
    }
  } catch (error) {
    signal?.throwIfAborted();
    const reason = innermostMessage(error);
    throw new Error(`the download stopped after ${done} of ${bytes} bytes (${reason})`, { cause: error });
  } finally {
    await reader.cancel().catch(() => undefined);
    progress.stop();
  }
  if (done < bytes) throw new Error(`the download ended after ${done} of ${bytes} bytes`);
}

/** `fetch` says only "fetch failed"; the reason lies in its cause, and some causes have but a code. */
function innermostMessage(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error.cause !== undefined) return innermostMessage(error.cause);
  return error.message === "" && "code" in error ? String(error.code) : error.message;
}
