import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { kubernetesFiles } from "../../src/sweep/submit/kubernetes.js";
import { parallelScript } from "../../src/sweep/submit/parallel.js";
import type { Submission } from "../../src/sweep/submit/script.js";
import { slurmArrays } from "../../src/sweep/submit/slurm.js";
import { temporaryFolder } from "../store/temporary-folder.js";

const submission = (indexes: readonly number[], throttle?: number): Submission => ({
  sweep: "/data/my sweep",
  program: ["/usr/bin/node", "/opt/it's/main.js"],
  indexes,
  throttle,
});
const upTo = (count: number) => Array.from({ length: count }, (_, i) => i);
const directive = (text: string, name: string) => new RegExp(`^#SBATCH --${name}=(.*)$`, "m").exec(text)?.[1];

test("one array names the cells themselves, and only those that are to be run", () => {
  const [{ script, indexes }] = slurmArrays(submission([0, 1, 2, 5, 7, 8], 3), 1001, ["--time=2:00:00"]);
  expect(indexes).toBeUndefined();
  expect(directive(script.text, "array")).toBe("0-2,5,7-8%3");
  expect(directive(script.text, "chdir")).toBe("'/data/my sweep'");
  expect(directive(script.text, "signal")).toBe("B:USR2@120");
  expect(directive(script.text, "time")).toBe("2:00:00");
  expect(script.text).toContain(
    `\nexec /usr/bin/node '/opt/it'\\''s/main.js' sweep cell --list cells.jsonl --index "$SLURM_ARRAY_TASK_ID" --requeue 100\n`,
  );
  expect(directive(slurmArrays(submission([4]), 1001, [])[0].script.text, "array")).toBe("4");
});

test("more cells than an array takes are cut, and each element finds its cell in a list", () => {
  const arrays = slurmArrays(submission(upTo(2500).filter((i) => i % 7 !== 0)), 1001, []);
  expect(arrays.map(({ elements }) => elements)).toEqual([1001, 1001, 140]);
  expect(arrays.map(({ script }) => directive(script.text, "array"))).toEqual(["0-1000", "0-1000", "0-139"]);
  const listed = arrays.flatMap(({ indexes }) => indexes?.text.trim().split("\n") ?? []);
  expect(listed.map(Number)).toEqual(upTo(2500).filter((i) => i % 7 !== 0));
  expect(new Set(arrays.map(({ script }) => script.path)).size).toBe(3);
  // Few cells with large indexes need the list as well.
  expect(slurmArrays(submission([1000]), 1001, [])[0].indexes).toBeUndefined();
  const [{ script, indexes }] = slurmArrays(submission([1001]), 1001, []);
  expect([directive(script.text, "array"), indexes?.text]).toEqual(["0", "1001\n"]);
});

test("the shell of an element runs the cell on its line, in the sweep's folder", async () => {
  const sweep = join(await temporaryFolder(), "it's $HOME");
  const own = { ...submission([3, 2000, 2004]), sweep, program: ["echo", "node"] };
  const [{ script, indexes }] = slurmArrays(own, 1001, []);
  mkdirSync(join(sweep, "slurm"), { recursive: true });
  if (indexes === undefined) throw new Error("no list");
  writeFileSync(join(sweep, indexes.path), indexes.text);
  const env = { ...process.env, SLURM_ARRAY_TASK_ID: "1" };
  const said = execFileSync("bash", ["-c", script.text], { cwd: sweep, env, encoding: "utf8" });
  expect(said).toBe("node sweep cell --list cells.jsonl --index 2000 --requeue 100\n");
});

test("an Indexed Job of Kubernetes", async () => {
  const choice = { image: "registry/poisonspot:1", claim: "lab", gpus: 1 };
  const [job, list] = kubernetesFiles(submission([4, 9, 11], 2), choice);
  const { spec, ...head } = parse(job.text);
  expect(head).toEqual({
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { generateName: "poisonspot-my-sweep-" },
  });
  const { template, podFailurePolicy, ...counts } = spec;
  expect(counts).toEqual({
    completionMode: "Indexed",
    completions: 3,
    parallelism: 2,
    backoffLimitPerIndex: 20,
  });
  expect(podFailurePolicy.rules).toEqual([
    { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] },
    { action: "FailIndex", onExitCodes: { containerName: "cell", operator: "In", values: [1, 2] } },
  ]);
  const [container] = template.spec.containers;
  expect(template.spec.restartPolicy).toBe("Never");
  expect(container).toMatchObject({
    name: "cell",
    image: "registry/poisonspot:1",
    workingDir: "/data/my sweep",
    resources: { limits: { "nvidia.com/gpu": 1 } },
    volumeMounts: [{ name: "data", mountPath: "/data" }],
  });
  expect(template.spec.volumes).toEqual([{ name: "data", persistentVolumeClaim: { claimName: "lab" } }]);

  const sweep = await temporaryFolder();
  mkdirSync(join(sweep, "kubernetes"));
  writeFileSync(join(sweep, list.path), list.text);
  const [, , command] = container.command;
  const env = { ...process.env, JOB_COMPLETION_INDEX: "2" };
  const said = execFileSync("sh", ["-c", command.replace("exec ", "exec echo ")], {
    cwd: sweep,
    env,
    encoding: "utf8",
  });
  expect(said).toBe("/usr/bin/node /opt/it's/main.js sweep cell --list cells.jsonl --index 11\n");
  expect(kubernetesFiles(submission([1]), { ...choice, gpus: 0 })[0].text).not.toContain("gpu");
});

test("a script for GNU parallel names all cells, for its log goes by their order", () => {
  const { text } = parallelScript(submission([3, 5]), 40, ["--sshlogin", "4/a,4/b"]);
  expect(text).toContain("cd '/data/my sweep' || exit 1\n");
  expect(text).toContain("--joblog parallel.joblog --resume-failed --retries 3");
  expect(text).toContain("  --sshlogin 4/a,4/b \\\n");
  expect(text).toContain("sweep cell --list cells.jsonl --index {}' ::: $(seq 0 39)\n");
});

const hasParallel = (() => {
  try {
    return execFileSync("parallel", ["--version"], { encoding: "utf8" }).startsWith("GNU parallel");
  } catch {
    return false;
  }
})();

test.skipIf(!hasParallel)("GNU parallel runs every cell, and again those that failed", async () => {
  const sweep = await temporaryFolder();
  const fails = join(sweep, "it's fails.sh");
  writeFileSync(fails, 'echo "ran $6"\n[ "$6" != 1 ] || [ -e mended ]\n');
  const own: Submission = { sweep, program: ["sh", fails], indexes: [0, 1, 2], throttle: 2 };
  const { path, text } = parallelScript(own, 3, []);
  writeFileSync(join(sweep, path), text);
  const run = () => {
    try {
      return execFileSync("sh", [join(sweep, path)], {
        encoding: "utf8",
        stdio: ["ignore", "pipe", "ignore"],
      });
    } catch (error) {
      return `${(error as { status: number }).status} failed`;
    }
  };
  expect(run()).toBe("1 failed");
  writeFileSync(join(sweep, "mended"), "");
  expect(run()).toBe("1\tran 1\n");
  expect(run()).toBe("");
});
