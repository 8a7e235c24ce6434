import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../files/atomic-file.js";
import { sha256Of } from "../files/sha256.js";
import { Html, html } from "./html.js";
import { withinBudget } from "./image-budget.js";
import type { Report } from "./model.js";
import { reportPage } from "./page.js";

/** The page's own files lie beside the sources and the built code. */
const pageFile = (name: string): Promise<string> =>
  readFile(new URL(`../../report-page/${name}`, import.meta.url), "utf8");

/** Where a report is written. */
export interface ReportPlaces {
  /** As one file, which loads nothing from anywhere: `….html`. */
  readonly page: string;
  /** Once more as separate files, for a server whose own policy forbids what stands in a page. */
  readonly folder: string | undefined;
}

/** Files of known names that a report consists of, beside images that are named by their content. */
export const reportFiles = ({ page, folder }: ReportPlaces): string[] => [
  page,
  ...(folder === undefined
    ? []
    : ["report.html", "report.css", "report.js"].map((name) => join(folder, name))),
];

export async function writeReport(report: Report, { page, folder }: ReportPlaces): Promise<void> {
  await writePage(report, page);
  if (folder !== undefined) await writeFolder(report, folder);
}

async function writePage(report: Report, path: string): Promise<void> {
  const [css, js] = await Promise.all([pageFile("report.css"), pageFile("report.js")]);
  const page = await reportPage(withinBudget(report), {
    policy: policyOf("data:", sourceHash(css), sourceHash(js)),
    style: html`<style>${new Html(css)}</style>`,
    script: html`<script>${new Html(js)}</script>`,
    sourceOf: ({ webp }) => `data:image/webp;base64,${Buffer.from(webp).toString("base64")}`,
  });
  await writeFileAtomic(path, page);
}

async function writeFolder(report: Report, folder: string): Promise<void> {
  const images = new Map<string, Uint8Array>();
  const page = await reportPage(withinBudget(report), {
    policy: policyOf("'self'", "'self'", "'self'"),
    style: html`<link rel="stylesheet" href="report.css">`,
    script: html`<script src="report.js"></script>`,
    sourceOf({ webp }) {
      const name = `images/${sha256Of(webp).slice(0, 16)}.webp`;
      images.set(name, webp);
      return name;
    },
  });
  for (const [name, webp] of images) await writeFileAtomic(join(folder, name), webp);
  await writeFileAtomic(join(folder, "report.css"), await pageFile("report.css"));
  await writeFileAtomic(join(folder, "report.js"), await pageFile("report.js"));
  await writeFileAtomic(join(folder, "report.html"), page);
}

const policyOf = (images: string, styles: string, scripts: string): string =>
  `default-src 'none'; img-src ${images}; style-src ${styles}; script-src ${scripts}; base-uri 'none'; form-action 'none'`;

const sourceHash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
