// The main job on the built-in dataset: plants a backdoor, finds it, removes it. Extra flags are passed on, e.g.
// `npm run demo -- --engine wasm` or `npm run demo -- --global_seed 1` (which gets folders of its own). `npm run demo -- scan`
// is another, in demo-scan.ts.
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const extra = process.argv.slice(2);
if (extra[0] === "scan") {
  const { status } = run(["--import", "tsx", join(root, "scripts", "demo-scan.ts"), ...extra.slice(1)]);
  process.exit(status ?? 130);
}
const given = (flag) => (extra.includes(flag) ? extra[extra.indexOf(flag) + 1] : undefined);
const seed = given("--global_seed");
const name = given("--exp") ?? (seed === undefined ? "demo" : `demo_seed_${seed}`);

const flags = {
  dataset: "synthetic",
  limit_per_class: 160,
  model: "ResNet8",
  attack: "narcissus",
  target_class: 2,
  pr_tgt: 0.4,
  pr_sus: 60,
  lr: 0.02,
  bs: 32,
  bs_bl: 32,
  bs_sl: 32,
  epochs: 6,
  ep_bl_base: 6,
  ep_sl_base: 6,
  ep_bl: 1,
  ep_sl: 4,
  exp: name,
  saved_models_path: `./saved_models/${name}/`,
  prov_path: `./Training_Prov_Data/${name}/`,
};
// The trigger is made on a small network in place of the ResNet18 of the paper, in few epochs.
const attackOptions = ["surrogate=ResNet8", "surrogate_epochs=2", "warmup_epochs=1", "rounds=20", "batch=64"];
const stages = [
  "clean_training",
  "poisoned_training",
  "batch_level",
  "sample_level",
  "score_samples",
  "retrain",
];
const args = [
  ...Object.entries(flags).flatMap(([flag, value]) => [`--${flag}`, String(value)]),
  ...attackOptions.flatMap((option) => ["--attack_opt", option]),
  ...stages.map((stage) => `--${stage}`),
  ...extra,
];
console.log(`poisonspot ${args.join(" ")}`);
const { status, signal } = run([join(root, "dist", "cli", "main.js"), ...args]);
if (status === 0) console.log(`figures: results/${name}/*.png`);
process.exit(status ?? (signal === "SIGINT" ? 130 : 1));

function run(args) {
  return spawnSync(process.execPath, args, { cwd: root, stdio: "inherit" });
}
