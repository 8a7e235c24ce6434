import { shownPath } from "../files/shown-path.js";
import { programVersion } from "../version.js";
import { type Html, html } from "./html.js";
import type { Report } from "./model.js";
import { agreementSection } from "./sections/agreement.js";
import { classSection } from "./sections/classes.js";
import { figureSection } from "./sections/figures.js";
import { referenceSection, suspectSection } from "./sections/images.js";
import { pairSection } from "./sections/pairs.js";
import type { SourceOf } from "./sections/picture.js";
import { sourceSection } from "./sections/sources.js";
import { suppositionSection } from "./sections/supposition.js";
import { measureSection, recordSection } from "./sections/tables.js";
import { toolBar } from "./sections/tools.js";
import { verdictSection } from "./sections/verdict.js";

/** What a page has from outside, and may have. */
export interface PageParts {
  /** Content-Security-Policy: what a browser may load, and run. */
  readonly policy: string;
  readonly style: Html;
  readonly script: Html;
  readonly sourceOf: SourceOf;
}

/** The page of a report. */
export async function reportPage(
  report: Report,
  { policy, style, script, sourceOf }: PageParts,
): Promise<string> {
  const sections: readonly (readonly [id: string, title: string, section: Html | undefined])[] = [
    ["measures", "Measured", measureSection(report)],
    ["classes", "Classes", report.classes.length > 0 ? classSection(report) : undefined],
    ["supposition", "If trusted ones are poison", suppositionSection(report)],
    ["suspects", "Images", suspectSection(report, sourceOf)],
    ["reference", "Trusted", referenceSection(report, sourceOf)],
    ["pairs", "Duplicates", pairSection(report, sourceOf)],
    ["figures", "Scores", await figureSection(report)],
    ["agreement", "Who agrees", agreementSection(report)],
    ["sources", "Sources", sourceSection(report)],
    ["record", "Record", recordSection(report)],
  ];
  const present = sections.filter(([, , section]) => section !== undefined);
  // The policy comes first: it is in force for what comes after it.
  return html`<!doctype html>
<html lang="en">
<head><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta charset="utf-8">
<meta name="generator" content="poisonspot ${programVersion}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${report.verdict.headline} · ${shownPath(report.subject)}</title>
${style}
</head>
<body data-key="${report.key}" data-kind="${report.kind}">
<a class="skip" href="#main">Skip to the findings</a>
${verdictSection(report)}
<nav aria-label="Sections"><ul>${present.map(([id, title]) => html`<li><a href="#${id}">${title}</a></li>`)}</ul>${toolBar(report)}</nav>
<main id="main">${present.map(([, , section]) => section)}
</main>
${script}
</body>
</html>
`.text;
}
