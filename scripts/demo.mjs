// The main job on the built-in dataset: plants a backdoor, finds it, removes it. Extra flags are passed on, e.g.
// `npm run demo -- --engine wasm` or `npm run demo -- --global_seed 1` (which gets folders of its own).
import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const extra = process.argv.slice(2);
const seedFlag = extra.indexOf("--global_seed");
const name = seedFlag < 0 ? "demo" : `demo_seed_${extra[seedFlag + 1]}`;

const flags = {
  dataset: "synthetic",
  limit_per_class: 160,
  model: "ResNet8",
  attack: "lc",
  target_class: 2,
  eps: 6,
  pr_tgt: 0.6,
  pr_sus: 75,
  attack_opt: "steps=40",
  lr: 0.02,
  bs: 32,
  bs_bl: 32,
  bs_sl: 32,
  epochs: 8,
  ep_bl_base: 8,
  ep_sl_base: 8,
  ep_bl: 1,
  ep_sl: 2,
  exp: name,
  clean_model_path: `./saved_models/${name}/clean.safetensors`,
  saved_models_path: `./saved_models/${name}/`,
  prov_path: `./Training_Prov_Data/${name}/`,
};
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
  ...stages.map((stage) => `--${stage}`),
  ...extra,
];
console.log(`poisonspot ${args.join(" ")}`);
const { status, signal } = spawnSync(process.execPath, [join(root, "dist", "cli", "main.js"), ...args], {
  cwd: root,
  stdio: "inherit",
});
if (status === 0) console.log(`figures: results/${name}/*.png`);
process.exit(status ?? (signal === "SIGINT" ? 130 : 1));
