// Plants attacks, trains networks and measures what finds the poisons: npm run study -- <what> (see docs/scan.md, docs/detectors.md)
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { createConsoleReporter } from "../src/cli/console-reporter.js";
import { interruptible } from "../src/cli/interrupts.js";
import { RunError } from "../src/errors.js";
import { writeFileAtomic } from "../src/files/atomic-file.js";
import { startEngine } from "../src/index.js";
import { type AttackName, attackBases, isAttackName } from "./study/attack-names.js";
import { type CellRecord, comparedCell } from "./study/compare-cells.js";
import { type ComparedDataset, type Kind, kinds } from "./study/compare-settings.js";
import { compareTables } from "./study/compare-tables.js";
import { type DetectorName, detectors } from "./study/detectors.js";
import { markdown } from "./study/report.js";
import { finishedNetwork, measureNetwork, type NetworkMeasure, type Run } from "./study/run.js";
import { nullTable, powerTable } from "./study/scan-tables.js";
import { type ScanPlan, scanned } from "./study/scanned-data.js";
import { type ScanRecord, scanRecords } from "./study/scans.js";
import { measuredAttacks } from "./study/settings.js";

/** "1,2,5" or "1-5" */
const numbers = (text: string): number[] =>
  text.split(",").flatMap((part) => {
    const [first, last = first] = part.split("-").map(Number);
    return Array.from({ length: last - first + 1 }, (_, i) => first + i);
  });

function attackNames(text: string): AttackName[] {
  const names = text.split(",");
  const unknown = names.find((name) => !isAttackName(name));
  if (unknown !== undefined)
    throw new InvalidArgumentError(`No attack "${unknown}"; one of ${attackBases.join(", ")}.`);
  return names.filter(isAttackName);
}

const program = new Command("study").description(
  "Networks are trained once and kept; a run that was stopped goes on, and what is measured is not measured again.",
);
const command = (name: string, description: string) =>
  program
    .command(name)
    .description(description)
    .option("--dataset <name>", "CIFAR10 or synthetic", "CIFAR10")
    .option("--dataset_dir <folder>", "where datasets lie", "datasets")
    .option("--results <folder>", "a folder for each network in it", "results/study")
    .option("--seeds <list>", "choices of images, classes and poisons", numbers, [1]);

/** Runs the work with an engine; stopped by Ctrl+C. */
async function working(
  options: { readonly dataset_dir: string; readonly results: string },
  work: (run: Run) => Promise<void>,
): Promise<void> {
  const reporter = createConsoleReporter();
  reporter.info((await startEngine({ engine: "tensorflow" })).description);
  await interruptible(reporter, (signal) =>
    work({ datasetDir: options.dataset_dir, results: options.results, reporter, signal }),
  );
}

command("measure", "detectors one by one, on networks of the study's own")
  .option("--networks <count>", "networks trained on the same images", Number, 1)
  .option("--per_class <count>", "images of a class", Number, 900)
  .option("--trained_trusted <count>", "trusted images of a class that are trained on", Number, 200)
  .option("--poisons <count>", "poisons of each attack; 0: the clean twins alone", Number, 90)
  .option("--widths <list>", "channels of the network's stages", numbers, [16, 32, 64, 128])
  .option("--epochs <count>", "", Number, 20)
  .option("--trusted <count>", "trusted images of a class that are used in measuring", Number, 200)
  .option("--splits <count>", "disguised splits", Number, 5)
  .option("--redraws <count>", "of who is trusted, for the redraw test; 0: none", Number, 0)
  .option("--fit_share <share>", "of the trusted images, the part shown to the scorer", Number, 0.5)
  .addOption(new Option("--detectors <words>", "only detectors whose name contains this").default(""))
  .action((options) =>
    working(options, async (run) => {
      const names = (Object.keys(detectors) as DetectorName[]).filter((name) =>
        name.includes(options.detectors),
      );
      const measures: NetworkMeasure[] = [];
      for (const seed of options.seeds as number[]) {
        for (let network = 0; network < options.networks; network++) {
          const finished = await finishedNetwork(
            {
              dataset: options.dataset,
              perClass: options.per_class,
              trusted: options.trained_trusted,
              poisons: options.poisons,
              attacks: measuredAttacks,
              widths: options.widths,
              epochs: options.epochs,
              seed,
              network,
            },
            run,
          );
          for (const name of names) {
            run.signal.throwIfAborted();
            const { trusted, splits, fit_share: fitShare, redraws } = options;
            const measure = { trusted, splits, fitShare, redraws };
            measures.push(await measureNetwork(finished, name, measure, run.signal));
            run.reporter.info(`seed ${seed}, network ${network}: ${name}`);
          }
        }
      }
      measures.sort((a, b) => names.indexOf(a.detector) - names.indexOf(b.detector));
      const table = markdown(measures);
      await writeFileAtomic(join(options.results, "table.md"), `${table}\n`);
      await writeFileAtomic(join(options.results, "measures.json"), JSON.stringify(measures));
      run.reporter.result(table);
    }),
  );

/** A command that scans as the product does, seed by seed, and prints a table. */
const scanCommand = (name: string, description: string, perClass: number) =>
  command(name, description)
    .option("--per_class <count>", "images of a class", Number, perClass)
    .option("--trained_trusted <count>", "trusted images of a class that are trained on", Number, 200)
    .option("--trusted <list>", "how many of them are known to be trusted, a scan each", numbers, [200])
    .option("--redraws <count>", "scans with other images trusted, of the same network", Number, 0)
    .option("--epochs <count>", "of the scan's training", Number, 10)
    .option("--splits <count>", "of the trusted images, as --splits of a scan", Number, 1);

interface ScanFlags {
  readonly dataset: string;
  readonly per_class: number;
  readonly trained_trusted: number;
  readonly trusted: readonly number[];
  readonly redraws: number;
  readonly epochs: number;
  readonly splits: number;
  readonly seeds: readonly number[];
  readonly dirty?: number;
  readonly jpeg?: number;
}

async function scansOf(
  options: ScanFlags,
  planted: { readonly poisons: number; readonly attacks: readonly AttackName[] },
  run: Run,
): Promise<ScanRecord[]> {
  const records: ScanRecord[] = [];
  for (const seed of options.seeds) {
    const plan: ScanPlan = {
      dataset: options.dataset,
      model: "ResNet8",
      epochs: options.epochs,
      bs: 128,
      lr: 0.05,
      perClass: options.per_class,
      trusted: options.trained_trusted,
      ...planted,
      seed,
      // Undefined, it does not change what was trained before it existed.
      jpeg: options.jpeg,
    };
    const choices = options.trusted.flatMap((trusted) =>
      Array.from({ length: options.redraws + 1 }, (_, redraw) => {
        // Undefined, it does not change what was measured before it existed.
        return { trusted, redraw, dirty: options.dirty, splits: options.splits, fdr: 0.1, level: 0.05 };
      }),
    );
    records.push(...(await scanRecords(await scanned(plan, run), choices, run)));
  }
  return records;
}

scanCommand("scan-null", "scans of clean data: false alarms", 1000).action((options) =>
  working(options, async (run) => {
    run.reporter.result(nullTable(await scansOf(options, { poisons: 0, attacks: [] }, run)));
  }),
);

scanCommand("scan-power", "scans of poisoned data: what is found", 900)
  .option("--poisons <count>", "of each attack", Number, 90)
  .option("--jpeg <quality>", "all images, poisons too, lie in JPEG files of this quality", Number)
  .option("--dirty <count>", "poisons among the trusted images of each attacked class", Number)
  .option(
    "--attacks <list>",
    `each in a class of its own: ${attackBases.join(", ")}, or with a count of poisons as in sig-45`,
    attackNames,
    ["badnets", "blend", "sig", "narcissus", "narcissus-50", "narcissus-15"],
  )
  .action((options) =>
    working(options, async (run) => {
      const { poisons, attacks } = options;
      run.reporter.result(powerTable(await scansOf(options, { poisons, attacks }, run)));
    }),
  );

interface CompareFlags {
  readonly dataset: ComparedDataset;
  readonly dataset_dir: string;
  readonly results: string;
  readonly seeds: readonly number[];
  readonly kinds: readonly Kind[];
}

program
  .command("compare")
  .description("runs and their comparison of all detectors, over kinds of poison and seeds")
  .addOption(new Option("--dataset <name>").choices(["synthetic", "cifar10"]).default("synthetic"))
  .option("--dataset_dir <folder>", "where datasets lie", "datasets")
  .option("--results <folder>", "a folder for each cell in it", "results/study-compare")
  .option("--seeds <list>", "all choices in a run", numbers, [1, 2, 3])
  .option("--kinds <list>", `of ${kinds.join(", ")}`, (text) => text.split(","), [...kinds])
  .action(async ({ dataset, dataset_dir: datasetDir, results, seeds, kinds: chosen }: CompareFlags) => {
    const reporter = createConsoleReporter();
    const unknown = chosen.find((kind) => !kinds.includes(kind));
    if (unknown !== undefined) program.error(`error: no kind "${unknown}"; one of ${kinds.join(", ")}`);
    const cells: CellRecord[] = [];
    for (const seed of seeds)
      for (const kind of chosen) {
        const log = (line: string) => reporter.info(line);
        try {
          cells.push(await comparedCell({ dataset, kind, seed }, { datasetDir, results, log }));
        } catch (error) {
          if (!(error instanceof RunError)) throw error;
          reporter.warn(`${kind}, seed ${seed} is left out: ${error.message}`);
          continue;
        }
        await writeFileAtomic(join(results, `${dataset}.md`), compareTables(cells));
      }
    reporter.result(compareTables(cells));
  });

await program.parseAsync();
