import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { cifar10Archive } from "../../src/datasets/cifar/cifar10.js";
import type { RemoteFile } from "../../src/datasets/download.js";
import { fetchArchive } from "../../src/datasets/fetch-archive.js";
import { UserError } from "../../src/errors.js";
import { type Reporter, silentReporter } from "../../src/reporter.js";
import { type Entry, type Handler, serve, tarGz, withServer } from "./archive-server.js";
import { binaryBatch, binaryNames, withFolder } from "./cifar-files.js";

const FOLDER = "cifar-10-batches-bin";

/** The official archive's entries, with tiny batches. */
const goodEntries: readonly Entry[] = [
  { name: `${FOLDER}/`, type: "directory" },
  { name: `${FOLDER}/readme.html`, content: Buffer.from("<p>CIFAR-10</p>") },
  { name: `${FOLDER}/batches.meta.txt`, content: Buffer.from("airplane\n") },
  ...binaryNames.map((name, i) => ({ name: `${FOLDER}/${name}`, content: binaryBatch([i, i]) })),
];

/** Sends the first bytes, and cuts the connection when the client has them. */
const cutAfter =
  (length: number, cut: AbortSignal): Handler =>
  (_, response, body) => {
    cut.addEventListener("abort", () => response.destroy());
    response.writeHead(200, { "content-length": body.length }).write(body.subarray(0, length));
  };

const fetchTo = (folder: string, archive: RemoteFile, reporter: Reporter = silentReporter) =>
  fetchArchive({ ...cifar10Archive, remote: archive }, folder, { reporter });

async function expectBatches(folder: string): Promise<void> {
  expect(await readdir(folder)).toEqual([FOLDER]);
  expect((await readdir(path.join(folder, FOLDER))).sort()).toEqual(binaryNames);
  for (const [i, name] of binaryNames.entries()) {
    expect(await readFile(path.join(folder, FOLDER, name))).toEqual(Buffer.from(binaryBatch([i, i])));
  }
}

describe("download", () => {
  test("leaves the batches and nothing else, and reports every byte", async () => {
    const body = await tarGz(goodEntries);
    await withServer(body, [serve], (archive) =>
      withFolder(async (folder) => {
        const steps: number[] = [];
        const reporter: Reporter = {
          ...silentReporter,
          progress: (_, total) => ({ update: (done) => void steps.push(done / total), stop() {} }),
        };
        await fetchTo(folder, archive, reporter);
        await expectBatches(folder);
        expect(steps.at(-1)).toBe(1);
      }),
    );
  });

  const noRanges: Handler = (_, response, body) => void response.end(body);
  test.each([
    ["goes on where a cut connection left it", serve],
    ["starts again where the server knows no ranges", noRanges],
  ])("%s", async (_, second) => {
    const cut = new AbortController();
    const cutWhenThere: Reporter = {
      ...silentReporter,
      progress: () => ({ update: (done) => void (done === 10_000 && cut.abort()), stop() {} }),
    };
    await withServer(await tarGz(goodEntries), [cutAfter(10_000, cut.signal), second], (archive, ranges) =>
      withFolder(async (folder) => {
        const first = fetchTo(folder, archive, cutWhenThere);
        await expect(first).rejects.toThrow(/the download stopped after 10000 of \d+ bytes/);
        expect(await readdir(folder)).toEqual(["cifar-10-binary.tar.gz.part"]);
        await fetchTo(folder, archive);
        expect(ranges).toEqual([undefined, "bytes=10000-"]);
        await expectBatches(folder);
      }),
    );
  });

  test.each<[string, Handler, string]>([
    ["a wrong content", (_, r, body) => void r.end(Buffer.alloc(body.length)), "has the SHA-256"],
    ["too much", (_, r, body) => void r.end(Buffer.concat([body, body])), "gave more than"],
    ["too little", (_, r, body) => void r.end(body.subarray(0, 999)), "the download ended after 999 of"],
    ["an error page", (_, r) => void r.writeHead(503).end("later"), "answered 503"],
    [
      "a way to an unsafe place",
      (_, r) => void r.writeHead(302, { location: "ftp://x/" }).end(),
      "cannot be reached",
    ],
  ])("%s is an error that says what to do", async (_, handler, message) => {
    await withServer(await tarGz(goodEntries), [handler], (archive) =>
      withFolder(async (folder) => {
        const error = await fetchTo(folder, archive).catch((thrown: unknown) => thrown);
        if (!(error instanceof UserError)) throw error;
        expect(error.message).toContain(`Cannot get CIFAR-10: `);
        expect(error.message).toContain(message);
        expect(error.hint).toContain(path.join(folder, "cifar-10-batches-bin/"));
        expect(error.hint).toContain(path.join(folder, "cifar-10-batches-py/"));
        expect(error.hint).toContain("--dataset synthetic");
        expect(existsSync(path.join(folder, FOLDER))).toBe(false);
      }),
    );
  });

  test("a wrong content is not kept for the next time", async () => {
    const body = await tarGz(goodEntries);
    await withServer(body, [(_, r) => void r.end(Buffer.alloc(body.length)), serve], (archive, ranges) =>
      withFolder(async (folder) => {
        await expect(fetchTo(folder, archive)).rejects.toThrow("was removed");
        await fetchTo(folder, archive);
        expect(ranges).toEqual([undefined, undefined]);
        await expectBatches(folder);
      }),
    );
  });

  test("nothing is fetched without https, but from this machine", () =>
    withFolder(async (folder) => {
      const archive = { url: "http://example.invalid/x.tar.gz", bytes: 10, sha256: "" };
      await expect(fetchTo(folder, archive)).rejects.toThrow("http://example.invalid/x.tar.gz is not https");
    }));

  test("a server that is not there is named", () =>
    withFolder(async (folder) => {
      const closed: RemoteFile[] = [];
      await withServer(Buffer.alloc(9), [serve], async (archive) => void closed.push(archive));
      await expect(fetchTo(folder, closed[0])).rejects.toThrow(/cannot be reached \(.*ECONNREFUSED/);
    }));

  test("an interruption is no user error, and what has arrived is kept", async () => {
    const body = await tarGz(goodEntries);
    const stuck: Handler = (_, response) => void response.write(body.subarray(0, 5000));
    await withServer(body, [stuck], (archive) =>
      withFolder(async (folder) => {
        const stop = new AbortController();
        const reporter: Reporter = {
          ...silentReporter,
          progress: () => ({ update: () => stop.abort(new Error("stopped by hand")), stop() {} }),
        };
        const fetching = fetchArchive({ ...cifar10Archive, remote: archive }, folder, {
          reporter,
          signal: stop.signal,
        });
        await expect(fetching).rejects.toThrow(/^stopped by hand$/);
        expect(await readFile(path.join(folder, "cifar-10-binary.tar.gz.part"))).toHaveLength(5000);
      }),
    );
  });

  test("an archive put there by hand is checked, unpacked and kept", async () => {
    const body = await tarGz(goodEntries);
    const archive = {
      url: "https://example.invalid/",
      bytes: body.length,
      sha256: createHash("sha256").update(body).digest("hex"),
    };
    await withFolder(async (folder) => {
      const place = path.join(folder, "cifar-10-binary.tar.gz");
      await writeFile(place, body);
      await fetchTo(folder, archive);
      expect((await readdir(folder)).sort()).toEqual([FOLDER, "cifar-10-binary.tar.gz"].sort());
      await writeFile(place, body.subarray(1));
      await expect(fetchTo(folder, archive)).rejects.toThrow(`${place} has the SHA-256`);
    });
  });
});
