// Installs the packed program as a user does, globally and as a dependency, outside of this clone and in folders of its own,
// and goes from there to the fast engine by what `doctor` says. Takes some minutes: `npm run try:install`.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { tinyRun } from "./tiny-run.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const folder = mkdtempSync(join(tmpdir(), "poisonspot-install-"));
const globalPrefix = join(folder, "global");
const globalBin = join(globalPrefix, process.platform === "win32" ? "" : "bin");
const [working, project] = ["working", "project"].map((name) => join(folder, name));
// npm names its own configuration in the environment of a script; a user's shell has none of it.
const clean = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/i.test(name)));
const env = {
  ...clean,
  PATH: [globalBin, process.env.PATH].join(delimiter),
  XDG_DATA_HOME: join(folder, "data"),
};
/** Runs a command to its end; its output must match. @returns the output */
function run(cwd, line, expected, exitCode = 0) {
  const begin = performance.now();
  const { status, stdout, stderr, error } = spawnSync(line, { cwd, env, shell: true, encoding: "utf8" });
  const output = `${stdout}${stderr}`;
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  const isRight = error === undefined && status === exitCode && expected.test(output);
  console.log(
    `${isRight ? "ok    " : "FAILED"} ${seconds.padStart(6)} s  ${line.replace(tinyRun, "<six stages>")}`,
  );
  if (isRight) return output;
  console.log(`exit code ${status}, expected ${exitCode} and ${expected}:\n${output}`);
  throw error ?? new Error("That is not how it should go.");
}

try {
  for (const path of [working, project]) mkdirSync(path);
  writeFileSync(join(project, "package.json"), '{ "private": true, "type": "module" }\n');
  writeFileSync(
    join(project, "library.js"),
    'import { startEngine } from "poisonspot";\nconsole.log((await startEngine()).description);\n',
  );
  run(root, `npm pack --pack-destination "${folder}"`, /\.tgz/);
  const tarball = join(
    folder,
    readdirSync(folder).find((name) => name.endsWith(".tgz")),
  );

  run(working, `npm install --global --prefix "${globalPrefix}" "${tarball}"`, /added/);
  run(working, "poisonspot --help", /Usage: poisonspot/);
  const found = run(working, "poisonspot doctor", /engine +(wasm|tensorflow)/);
  run(
    working,
    `poisonspot --engine wasm --exp wasm --saved_models_path wasm/ --prov_path wasm/ ${tinyRun}`,
    /results:/,
  );
  if (/engine +wasm/.test(found)) {
    const [, advised] = /^For the fast engine: (?:install .*, then run )?`(.*)`$/m.exec(found);
    run(working, advised, /The native engine is set up/);
  }
  run(working, "poisonspot doctor", /engine +tensorflow/);
  run(working, `poisonspot --engine tensorflow ${tinyRun}`, /engine: tensorflow(.|\n)*results:/);
  run(
    working,
    "poisonspot convert saved_models/resnet18_200_clean.safetensors clean.pth",
    /wrote clean\.pth/,
  );

  run(project, `npm install "${tarball}"`, /added/);
  run(project, "npx poisonspot doctor", /engine +tensorflow/);
  run(project, "node library.js", /^tensorflow/);
  run(project, "npm ci", /added/);
  run(project, "npx poisonspot doctor", /engine +tensorflow/);
  console.log("Installed, set up and run.");
} finally {
  rmSync(folder, { recursive: true, force: true });
}
