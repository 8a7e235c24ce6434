// Plants attacks, trains networks and measures what finds the poisons: npm run study -- networks|measure (see docs/scan.md)
import { join } from "node:path";
import { Command, Option } from "commander";
import { createConsoleReporter } from "../src/cli/console-reporter.js";
import { interruptible } from "../src/cli/interrupts.js";
import { writeFileAtomic } from "../src/files/atomic-file.js";
import { startEngine } from "../src/index.js";
import { type DetectorName, detectors } from "./study/detectors.js";
import { markdown } from "./study/report.js";
import { finishedNetwork, measureNetwork, type NetworkMeasure } from "./study/run.js";
import { measuredAttacks } from "./study/settings.js";

const numbers = (text: string): number[] => text.split(",").map(Number);

const program = new Command("study")
  .description(
    "Networks are trained once and kept; a run that was stopped goes on, and what is measured is not measured again.",
  )
  .addArgument(
    new Command()
      .createArgument("<what>", "train and capture, or measure (and train what is missing)")
      .choices(["networks", "measure"]),
  )
  .option("--dataset <name>", "CIFAR10 or synthetic", "CIFAR10")
  .option("--dataset_dir <folder>", "where datasets lie", "datasets")
  .option("--results <folder>", "a folder for each network in it", "results/study")
  .option("--seeds <list>", "choices of images, classes and poisons", numbers, [1])
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
  .addOption(new Option("--detectors <words>", "only detectors whose name contains this").default(""));
program.parse();
const options = program.opts();
const [what] = program.args;

const reporter = createConsoleReporter();
reporter.info((await startEngine({ engine: "tensorflow" })).description);
const names = (Object.keys(detectors) as DetectorName[]).filter((name) => name.includes(options.detectors));

await interruptible(reporter, async (signal) => {
  const run = { datasetDir: options.dataset_dir, results: options.results, reporter, signal };
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
      if (what === "networks") continue;
      for (const name of names) {
        signal.throwIfAborted();
        const { trusted, splits, fit_share: fitShare, redraws } = options;
        measures.push(await measureNetwork(finished, name, { trusted, splits, fitShare, redraws }, signal));
        reporter.info(`seed ${seed}, network ${network}: ${name}`);
      }
    }
  }
  if (what === "networks") return;
  measures.sort((a, b) => names.indexOf(a.detector) - names.indexOf(b.detector));
  const table = markdown(measures);
  await writeFileAtomic(join(options.results, "table.md"), `${table}\n`);
  await writeFileAtomic(join(options.results, "measures.json"), JSON.stringify(measures));
  reporter.result(table);
});
