import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";
import { pack } from "tar-stream";
import type { RemoteFile } from "../../src/datasets/download.js";

/** A file of an archive. */
export interface Entry {
  readonly name: string;
  readonly content?: Uint8Array;
  readonly type?: "file" | "directory" | "symlink" | "link";
  readonly linkname?: string;
}

export async function tarGz(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const { name, content = new Uint8Array(0), type = "file", linkname } of entries) {
    archive.entry({ name, type, ...(linkname && { linkname }) }, Buffer.from(content));
  }
  archive.finalize();
  const chunks: Buffer[] = [];
  for await (const chunk of archive) chunks.push(Buffer.from(chunk as Uint8Array));
  return gzipSync(Buffer.concat(chunks), { level: 0 });
}

export type Handler = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void;

/** Serves whole files and ranges, as a common web server does. */
export const serve: Handler = (request, response, body) => {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1] ?? Number.NaN);
  if (Number.isNaN(start)) return void response.end(body);
  const range = `bytes ${start}-${body.length - 1}/${body.length}`;
  response.writeHead(206, { "content-range": range }).end(body.subarray(start));
};

/** Runs a server on this machine; the n-th request is answered by the n-th handler, further ones by the last. */
export async function withServer(
  body: Buffer,
  handlers: readonly Handler[],
  use: (archive: RemoteFile, ranges: readonly (string | undefined)[]) => Promise<void>,
): Promise<void> {
  const ranges: (string | undefined)[] = [];
  const server = createServer((request, response) => {
    const handler = handlers[Math.min(ranges.length, handlers.length - 1)];
    ranges.push(request.headers.range);
    handler(request, response, body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const sha256 = createHash("sha256").update(body).digest("hex");
  try {
    await use({ url: `http://127.0.0.1:${port}/cifar.tar.gz`, bytes: body.length, sha256 }, ranges);
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}
