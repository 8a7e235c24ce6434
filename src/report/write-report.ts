import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { writeFileAtomic } from "../files/atomic-file.js";
import { Html, html } from "./html.js";
import type { Report } from "./model.js";
import { reportPage } from "./page.js";

/** The page's own files lie beside the sources and the built code. */
const pageFile = (name: string): Promise<string> =>
  readFile(new URL(`../../report-page/${name}`, import.meta.url), "utf8");

/** Writes a report as one file, which loads nothing from anywhere. @param path `….html` */
export async function writeReport(report: Report, path: string): Promise<void> {
  const [css, js] = await Promise.all([pageFile("report.css"), pageFile("report.js")]);
  const page = await reportPage(report, {
    policy: policyOf("data:", sourceHash(css), sourceHash(js)),
    style: html`<style>${new Html(css)}</style>`,
    script: html`<script>${new Html(js)}</script>`,
    sourceOf: ({ webp }) => `data:image/webp;base64,${Buffer.from(webp).toString("base64")}`,
  });
  await writeFileAtomic(path, page);
}

const policyOf = (images: string, styles: string, scripts: string): string =>
  `default-src 'none'; img-src ${images}; style-src ${styles}; script-src ${scripts}; base-uri 'none'; form-action 'none'`;

const sourceHash = (text: string): string => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
