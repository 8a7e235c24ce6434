import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { experimentReport } from "../../src/experiment/report/experiment-report.js";
import { shownPath } from "../../src/files/shown-path.js";
import { writeReport } from "../../src/report/write-report.js";
import { sampleExperiment } from "../experiment/report/sample-experiment.js";
import { browserPath, startBrowser } from "./browser.js";
import { sampleReport } from "./sample-report.js";

if (browserPath === undefined)
  process.stdout.write("Reports are not tried in a browser: there is no chromium (package chromium).\n");

const hostile = [
  "<script>globalThis.hit = 1</script>",
  `"><img src=x onerror="globalThis.hit = 1">`,
  "'><svg onload=globalThis.hit=1>",
  "exe\u202egnp.\r\nsecond\tline",
  "</title></style></script><b>",
];

describe.skipIf(browserPath === undefined)("a report in a browser", () => {
  let folder: string;
  let browser: Browser;
  let small: string;
  let tried: string;
  let page: Page | undefined;
  /** What the page has asked for beside itself, and what it complained of. */
  let asked: string[] = [];
  let said: string[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "poisonspot-report-"));
    small = join(folder, "small.html");
    const report = await sampleReport({
      classNames: hostile,
      suspects: 12,
      flagged: 5,
      trusted: 4,
      odd: 2,
      side: 32,
      nameOf: (row) => `${hostile[row % hostile.length]}/${row}.png`,
      supplierOf: (row) => hostile[row % hostile.length],
      pairs: 2,
      comparison: {
        agreement: {
          with: "the scan",
          own: undefined,
          detectors: [
            {
              title: "one",
              assumesShare: false,
              finding: "evidence",
              p: 0.01,
              flagged: { count: 4, of: 60 },
              jaccard: 0.5,
              correlation: 0.9,
            },
            {
              title: "two",
              assumesShare: true,
              finding: "no evidence",
              p: 0.4,
              flagged: { count: 0, of: 60 },
              jaccard: undefined,
              correlation: -0.1,
            },
          ],
        },
        flagging: (file) => (file.endsWith("/3.png") ? ["one"] : []),
        flaggingIn: (name) => ({ count: name === hostile[0] ? 1 : 0, of: 2 }),
      },
    });
    await writeReport(report, { page: small, folder: join(folder, "served") });
    const { experiment, findings } = sampleExperiment((row) => `${hostile[row % hostile.length]}/${row}`);
    const measured = { poisonedTrainingAsr: { count: 30, of: 36 }, retrainAsr: { count: 1, of: 36 } };
    tried = join(folder, "experiment.html");
    const truth = (poisons: number, clean: number) => ({
      areaUnderRoc: 0.9,
      areaInterval: { lower: 0.8, upper: 0.95 },
      flagged: { poisons: { count: poisons, of: 30 }, clean: { count: clean, of: 20 } },
    });
    const seen = { assumesShare: false, finding: "evidence", p: 0.01, flagged: { count: 28, of: 50 } };
    const rivals = {
      agreement: {
        with: "ours",
        own: { title: "ours", ...seen, jaccard: undefined, correlation: undefined, truth: truth(28, 0) },
        detectors: [{ title: "theirs", ...seen, jaccard: 0.5, correlation: 0.7, truth: truth(14, 1) }],
      },
      flagging: () => [],
      flaggingIn: () => ({ count: 1, of: 1 }),
    };
    const ofExperiment = await experimentReport(experiment, findings, measured, rivals, new Date(0));
    await writeReport(ofExperiment, { page: tried, folder: join(folder, "served-experiment") });
    browser = await startBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await rm(folder, { recursive: true, force: true });
  });
  afterEach(async () => {
    await page?.context().close();
    // Whatever a test does: nothing is loaded, nothing of a stranger's runs, nothing is refused.
    expect(asked).toEqual([]);
    expect(said).toEqual([]);
  });

  async function open(path: string, options: BrowserContextOptions = {}): Promise<Page> {
    const opened = await (await browser.newContext(options)).newPage();
    [page, asked, said] = [opened, [], []];
    const own = pathToFileURL(path).href;
    opened.on("request", (request) => {
      if (!/^(data|blob):/.test(request.url()) && request.url() !== own) asked.push(request.url());
    });
    opened.on("console", (message) => said.push(message.text()));
    opened.on("pageerror", (error) => said.push(error.message));
    opened.on("dialog", (dialog) => said.push(dialog.message()));
    await opened.goto(own);
    return opened;
  }

  const shownCards = (opened: Page) => opened.locator(".card:visible");
  const names = (opened: Page) => shownCards(opened).locator("h4").allTextContents();

  test("names of strangers are text, with what would turn or break a line made visible", async () => {
    const opened = await open(small);
    expect(await opened.evaluate("globalThis.hit")).toBeUndefined();
    const found = await names(opened);
    for (const name of hostile)
      expect(found.some((shown) => shown.startsWith(`${shownPath(name)}/`))).toBe(true);
    // Decisions are about the very name.
    const files = await opened
      .locator(".card")
      .evaluateAll((all) => all.map((card) => card.getAttribute("data-file")));
    expect(files.some((file) => file?.startsWith(`${hostile[3]}/`))).toBe(true);
  });

  test("its policy stops scripts, styles and pictures of others, were they in it", async () => {
    const opened = await open(small);
    await opened.evaluate(() => {
      const script = document.createElement("script");
      script.textContent = "globalThis.hit = 2";
      document.body.append(script);
      const image = document.createElement("img");
      image.src = "https://example.org/x.png";
      document.body.append(image);
    });
    await opened.waitForTimeout(50);
    expect(await opened.evaluate("globalThis.hit")).toBeUndefined();
    expect(said.filter((line) => line.includes("Content Security Policy"))).toHaveLength(2);
    // A request that is refused is told as well.
    expect(asked).toEqual(["https://example.org/x.png"]);
    [asked, said] = [[], []];
  });

  test("it is complete without its script", async () => {
    const opened = await open(small, { javaScriptEnabled: false });
    expect(await opened.locator("h1").textContent()).toContain("Evidence of poison in 2 of 5 classes");
    expect(await opened.locator("#tools").isVisible()).toBe(false);
    expect(await opened.locator(".decision:visible").count()).toBe(0);
    // 5 flagged and the 7 next of two classes, 4 trusted images of five.
    // Of two kinds two pairs.
    expect(await shownCards(opened).count()).toBe(2 * 12 + 5 * 4 + 2 * 2);
    expect(await opened.locator(".plot svg").count()).toBe(4);
  });

  test("images are filtered and sorted, tables sorted by their headings", async () => {
    const opened = await open(small);
    await opened.locator("#only").selectOption("flagged");
    expect(await shownCards(opened).count()).toBe(10 + 2 * 2);
    await opened.locator("#search").fill("/3.png");
    // Flagged, and nearly like a trusted image.
    expect(await names(opened)).toEqual(Array(2).fill(`${shownPath(hostile[3])}/3.png`));
    expect(await opened.locator("#matches").textContent()).toBe("2 of 48 images");
    await opened.locator("#search").fill("");
    await opened.locator("#order").selectOption("name");
    const first = (await names(opened)).slice(0, 5);
    expect(first).toEqual(first.toSorted());
    await opened.locator("#order").selectOption("0");
    const scores = await shownCards(opened).locator("dl > div:first-child > dd").allTextContents();
    expect(Number(scores[0])).toBeGreaterThanOrEqual(Number(scores[3]));
    const heading = opened.locator("#classes th", { hasText: "corrected p" });
    await heading.getByRole("button").click();
    await heading.getByRole("button").click();
    expect(await heading.getAttribute("aria-sort")).toBe("descending");
    expect(await opened.locator("#classes tbody tr").first().getAttribute("class")).toBe("quiet-row");
  });

  test("decisions by keys, with their reasons, are saved as a file, and outlast the page", async () => {
    const opened = await open(small, { acceptDownloads: true });
    expect(await opened.locator("#save").isDisabled()).toBe(true);
    for (const key of ["j", "j", "k", "x", "n"]) await opened.keyboard.press(key);
    await opened.keyboard.type("a duplicate");
    await opened.keyboard.press("Escape");
    await opened.locator("#reference .card input[type=checkbox]").first().check();
    const [download] = await Promise.all([opened.waitForEvent("download"), opened.keyboard.press("s")]);
    const saved = JSON.parse(await readFile(await download.path(), "utf8"));
    expect(saved).toMatchObject({
      decisionsVersion: 1,
      report: expect.stringMatching(/^[0-9a-f]{16}$/),
      kept: [{ sha256: expect.stringMatching(/^[0-9a-f]{64}$/), note: "a duplicate" }],
      struck: [{ file: expect.any(String), note: "" }],
    });
    const first = await opened.locator(".card.flagged").first().getAttribute("data-file");
    expect(saved.kept[0].file).toBe(first);
    await opened.reload();
    expect(await opened.locator("#save").textContent()).toBe("Save 2 decisions");
    await opened.locator("#only").selectOption("decided");
    expect(await shownCards(opened).count()).toBe(2);
  });

  test("dark, narrow and on paper", async () => {
    const overflow = () => page?.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    for (const path of [tried, small]) {
      await page?.context().close();
      await open(path, { viewport: { width: 360, height: 700 }, colorScheme: "dark" });
      expect(await overflow()).toBeLessThanOrEqual(0);
      // A4 between margins of 1 cm.
      await page?.setViewportSize({ width: 718, height: 1050 });
      await page?.emulateMedia({ media: "print" });
      expect(await overflow()).toBeLessThanOrEqual(0);
      await page?.emulateMedia({ media: "screen" });
    }
    const opened = page as unknown as Page;
    const brightness = () =>
      opened.evaluate(() => getComputedStyle(document.body).backgroundColor.match(/\d+/g)?.map(Number) ?? []);
    expect(Math.max(...(await brightness()))).toBeLessThan(60);
    await opened.emulateMedia({ media: "print", colorScheme: "light" });
    expect(Math.min(...(await brightness()))).toBeGreaterThan(200);
    expect(await opened.locator("nav").isVisible()).toBe(false);
    expect(await shownCards(opened).count()).toBe(48);
  });

  test("every control and picture has a name for who cannot see it", async () => {
    const opened = await open(small);
    const unnamed = await opened.evaluate(() =>
      Array.from(document.querySelectorAll("img, input, select, [role=img]"))
        .filter((one) => !(one.getAttribute("alt") || one.getAttribute("aria-label") || one.closest("label")))
        .map((one) => one.outerHTML.slice(0, 80)),
    );
    expect(unnamed).toEqual([]);
  });

  test("pairs, other detectors and sources: hostile names are text in them, too, and tables of few can be sorted", async () => {
    const opened = await open(small);
    const pairs = opened.locator("#pairs .card");
    expect(await pairs.locator("img").count()).toBe(2 * 3 + 2 * 3);
    expect(await pairs.first().textContent()).toContain(`trusted as${shownPath(hostile[1])}: `);
    const sources = await opened.locator("#sources tbody th").allTextContents();
    expect(sources.toSorted()).toEqual(hostile.map(shownPath).toSorted());
    const heading = opened.locator("#agreement th", { hasText: "rank correlation" });
    await heading.getByRole("button").click();
    const detectors = opened.locator("#agreement tbody th");
    expect(await detectors.allTextContents()).toEqual(["two *", "one"]);
    await opened.locator("#order").selectOption({ label: "by others" });
    expect(await opened.locator("#suspects .card").first().textContent()).toContain("1 of 2: one");
    expect(await opened.locator("#classes tbody tr").first().locator("td").last().textContent()).toBe("1/2");
    expect(await opened.evaluate("globalThis.hit")).toBeUndefined();
  });

  test("an experiment's: what is known of the truth filters, its traces are read out, and nothing is to be decided", async () => {
    const opened = await open(tried);
    expect(await opened.locator("h1").textContent()).toContain("28\u00a0of\u00a030 poisons found");
    expect(await opened.locator("#measures tbody tr").first().textContent()).toContain("28/30");
    expect(await opened.locator(".numbers").textContent()).toContain("28/30 [77.9, 99.2]");
    const rival = opened.locator("#agreement tbody tr").last();
    expect(await rival.textContent()).toContain("14/30 [28.3, 65.7]1/20 [0.1, 24.9]0.90 [0.80, 0.95]");
    await opened.locator("#only").selectOption("poison");
    expect(await shownCards(opened).count()).toBe(30);
    await opened.locator("#only").selectOption("wrong");
    expect((await names(opened)).toSorted()).toEqual([10, 20].map((id) => `${shownPath(hostile[0])}/${id}`));
    await opened.locator("#only").selectOption("all");
    await opened.locator("#order").selectOption({ label: "by truth" });
    expect(await opened.locator(".decision, #save").count()).toBe(0);
    const trace = opened
      .locator("#suspects .card")
      .first()
      .getByRole("img", { name: /^Score in epochs/ });
    expect(await trace.getAttribute("aria-label")).toBe("Score in epochs 3 to 5: 0.86, 0.86, 0.86");
    expect(await trace.locator("path").count()).toBe(2);
    // Before, nearest, next and the difference beside a poison.
    expect(await opened.locator("#suspects .card").first().locator("img").count()).toBe(5);
    expect(await opened.evaluate("globalThis.hit")).toBeUndefined();
  });

  test.each(["served", "served-experiment"])(
    "as separate files (%s) it is the same page, with nothing in it that a strict server forbids",
    async (name) => {
      const path = join(folder, name, "report.html");
      expect(await readFile(path, "utf8")).not.toMatch(/<style|style="|<script>|data:/);
      const opened = await open(path);
      expect(await opened.locator("#tools").isVisible()).toBe(true);
      expect(asked.every((url) => url.startsWith(pathToFileURL(join(folder, name)).href))).toBe(true);
      asked = [];
    },
  );

  test("a thousand classes and 50,000 images make a page of less than 15 MB that opens", async () => {
    const path = join(folder, "large.html");
    const classNames = Array.from({ length: 1000 }, (_, c) => `class ${c}`);
    const sample = { classNames, suspects: 50, flagged: 20, trusted: 10, odd: 400, side: 32 };
    await writeReport(await sampleReport(sample), { page: path, folder: undefined });
    const { size } = await stat(path);
    expect(size).toBeLessThan(15e6);
    expect(size).toBeGreaterThan(2e6);
    const start = performance.now();
    const opened = await open(path);
    expect(await opened.locator("#classes tbody tr").count()).toBe(1000);
    expect(performance.now() - start).toBeLessThan(60_000);
  });
});
