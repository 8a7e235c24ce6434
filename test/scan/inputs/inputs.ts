import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import sharp from "sharp";
import { expect } from "vitest";
import { UserError } from "../../../src/errors.js";
import { silentReporter } from "../../../src/reporter.js";
import { readScanData, type ScanData } from "../../../src/scan/scan-data.js";
import { temporaryFolder } from "../../store/temporary-folder.js";

/** A square PNG of one grey. */
export const grey = (level: number, side = 8): Promise<Buffer> =>
  sharp({ create: { width: side, height: side, channels: 3, background: { r: level, g: level, b: level } } })
    .png()
    .toBuffer();

/** A folder with files: text, bytes, or for a number a PNG of that grey. */
export async function folderOf(files: Record<string, number | string | Uint8Array>): Promise<string> {
  const folder = await temporaryFolder();
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), typeof content === "number" ? await grey(content) : content);
  }
  return folder;
}

/** What a scan makes of a data set, and the lines it says. */
export async function scanned(
  data: string,
  trusted?: string,
  more: { readonly size?: number | null; readonly skip?: true } = {},
): Promise<ScanData & { readonly lines: readonly string[] }> {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const inputs = {
    data,
    trusted,
    size: more.size === null ? undefined : (more.size ?? 8),
    on_bad_image: more.skip ? ("skip" as const) : ("error" as const),
    cacheDir: await temporaryFolder(),
  };
  const run = {
    reporter: { ...silentReporter, info: say, warn: say },
    signal: new AbortController().signal,
  };
  return { ...(await readScanData(inputs, run)), lines };
}

/** By class: names of suspects with the level of their first pixel, and of trusted images. */
export function contentOf({ classes, nameOf, subject }: ScanData) {
  const shown = (rows: Int32Array) =>
    Array.from(rows, (row) => `${nameOf(row)}=${subject.images.pixels.read(row)[0]}`);
  return Object.fromEntries(
    classes.map(({ name, suspects, trusted }) => [name, [shown(suspects), shown(trusted)]]),
  );
}

/** The one message of a scan that does not begin. */
export async function refusal(data: string, trusted?: string): Promise<string> {
  const error = await scanned(data, trusted).then(
    () => undefined,
    (cause: unknown) => cause,
  );
  expect(error).toBeInstanceOf(UserError);
  return error instanceof UserError ? error.message : "";
}
