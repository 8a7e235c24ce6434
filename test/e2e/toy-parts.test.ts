import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { formatFlops } from "../../src/format.js";
import { stages } from "./tiny-flags.js";
import { toyAttack } from "./toy/attack.js";
import { toyDataset } from "./toy/dataset.js";
import { toyModel } from "./toy/model.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const tsx = import.meta.resolve("tsx");
let folder: string;

/** Writes a part's one file into the copy, and its line and its import into the registry. */
async function addPart(part: { room: string; file: string; name: string; constant: string }): Promise<void> {
  const { room, file, name, constant } = part;
  const source = await readFile(new URL(`./toy/${file}`, import.meta.url), "utf8");
  await mkdir(join(folder, "src", room, "toy"));
  await writeFile(join(folder, "src", room, "toy/about.ts"), source.replaceAll('"../../../src/', '"../../'));
  const registry = join(folder, "src", room, "registry.ts");
  const before = await readFile(registry, "utf8");
  const opening = "const registry = {\n";
  expect(before).toContain(opening);
  const entry = `  ${JSON.stringify(name)}: ${constant},\n`;
  const after = before.replace(opening, opening + entry);
  await writeFile(registry, `import { ${constant} } from "./toy/about.js";\n${after}`);
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "poisonspot-toy-"));
  await cp(join(root, "src"), join(folder, "src"), { recursive: true });
  await cp(join(root, "package.json"), join(folder, "package.json"));
  for (const name of ["node_modules", "report-page"]) await symlink(join(root, name), join(folder, name));
  await addPart({ room: "attacks", file: "attack.ts", name: "toy", constant: "toyAttack" });
  await addPart({ room: "datasets", file: "dataset.ts", name: "toys", constant: "toyDataset" });
  await addPart({ room: "models", file: "model.ts", name: "Toy", constant: "toyModel" });
  await addPart({ room: "compare", file: "detector.ts", name: "toy", constant: "toyDetector" });
});
afterAll(() => rm(folder, { recursive: true }));

async function poisonspot(...args: readonly string[]): Promise<string> {
  const main = join(folder, "src/cli/main.ts");
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", tsx, main, ...args], {
    cwd: folder,
  });
  return stdout;
}

const parts = ["--attack", "toy", "--dataset", "toys", "--model", "Toy"];
const small = [
  ...["--epochs", "--ep_bl", "--ep_sl", "--ep_bl_base", "--ep_sl_base"].flatMap((flag) => [flag, "1"]),
  ...["--bs", "--bs_bl", "--bs_sl"].flatMap((flag) => [flag, "12"]),
  ...["--target_class", "1", "--pr_tgt", "0.3", "--pr_sus", "60", "--groups", "2", "--k_1", "0"],
  ...["--attack_opt", "toy_side=4"],
];

test("help lists an attack, a dataset and a model, each added by a file and a line of its registry", async () => {
  const help = await poisonspot("--help");
  expect(help).toMatch(/--dataset <name>\s+toys, CIFAR10, /);
  expect(help).toMatch(/--attack <name>\s+toy, lc, /);
  expect(help).toMatch(/--model <name>\s+Toy, ResNet18, /);
  expect(help).toContain("Options of --attack toy (--attack_opt name=value):");
  for (const [name, option] of Object.entries(toyAttack.options))
    expect(help).toMatch(new RegExp(`${name}=${option.default} +${option.help}`));
});

test("a plan counts them", async () => {
  const plan = await poisonspot(...parts, ...small, ...stages, "--plan");
  const { classes, perClass } = toyDataset;
  expect(plan).toContain("toy on toys, Toy, from_scratch");
  expect(plan).toContain(
    `data: ${classes * perClass.train} training images, ${classes * perClass.test} test`,
  );
  expect(plan).toContain(`poisons: 18 of ${perClass.train} images of class 1`);
  expect(plan).toContain("missing, and not needed");
  // Three passes over the training images, one over the test images and those of the source class.
  expect(plan).toContain(`work    ${formatFlops((3 * 180 + 15 + 5) * toyModel.forwardFlops)}`);
});

test("flags are checked against them", async () => {
  const wrong = ["--attack", "toy", "--dataset", "imagenet", "--attack_opt", "toy_side=wide"];
  const refusal = await poisonspot(...wrong, "--retrain").catch(({ stderr }: { stderr: string }) => stderr);
  expect(refusal).toContain("--attack toy is not made for --dataset imagenet.");
  expect(refusal).toContain("Use one of: toys, CIFAR10, ");
  expect(refusal).toContain("--attack_opt toy_side=wide: not a positive whole number. Try toy_side=3.");
  const outside = await poisonspot(...parts, "--target_class", "3", "--retrain").catch(
    ({ stderr }) => stderr,
  );
  expect(outside).toContain('--target_class: got "3"; toys has the classes 0 to 2.');
});

test("all six stages run with them, and a detector looks at what they left", async () => {
  const said = await poisonspot(...parts, ...small, ...stages, "--exp", "toys");
  expect(said).toContain("attack: toy, 18 poisons in class 1 (right)");
  const [header, ...rows] = (await readFile(join(folder, "results/toys/results.csv"), "utf8"))
    .trim()
    .split("\n");
  expect(header).toContain("Retrain ACC");
  expect(rows).toHaveLength(stages.length);
  const compared = await poisonspot("compare", ...parts, ...small, "--exp", "toys", "--detectors", "toy");
  expect(compared).toMatch(/^\| toy +\| [\d.]+ \[[\d.]+, [\d.]+\]/m);
});
