import { basename, dirname } from "node:path";
import { cellCommand, type Submission, type SubmissionFile } from "./script.js";

/** What only the cluster's user knows. */
export interface ClusterChoice {
  /** A container image with this program in it. */
  readonly image: string;
  /** The persistent volume claim with the folder that the sweep lies in. */
  readonly claim: string;
  /** Of each cell. */
  readonly gpus: number;
}

/** Times that a cell is run again that was killed, or stopped and saved. */
const maxRetries = 20;
const graceSeconds = 120;

/** An Indexed Job of the cells that are to be run (Kubernetes 1.31 or later), and the list that its indexes are lines of. */
export function kubernetesFiles(submission: Submission, choice: ClusterChoice): SubmissionFile[] {
  const { indexes, sweep, throttle } = submission;
  const { image, claim, gpus } = choice;
  const list = "kubernetes/indexes.txt";
  const command = `exec ${cellCommand(submission)} "$(sed -n "$((JOB_COMPLETION_INDEX + 1))p" ${list})"`;
  // Text in JSON is text in YAML.
  const text = JSON.stringify;
  const lines = [
    "# Runs the cells of a sweep that are not done. Edit it as you like, then: kubectl create -f kubernetes/job.yaml",
    "# `poisonspot sweep submit` writes it anew.",
    "apiVersion: batch/v1",
    "kind: Job",
    "metadata:",
    `  generateName: ${text(`poisonspot-${jobName(sweep)}-`)}`,
    "spec:",
    "  completionMode: Indexed",
    `  completions: ${indexes.length}`,
    `  parallelism: ${Math.min(throttle ?? indexes.length, indexes.length)}`,
    `  backoffLimitPerIndex: ${maxRetries}`,
    "  podFailurePolicy:",
    "    rules:",
    "      # A cell whose node is taken away goes on elsewhere, and that is no failure.",
    "      - action: Ignore",
    "        onPodConditions:",
    "          - type: DisruptionTarget",
    "      # 1 and 2 are final; 75 (stopped and saved) and a cell that was killed are tried again.",
    "      - action: FailIndex",
    "        onExitCodes:",
    "          containerName: cell",
    "          operator: In",
    "          values: [1, 2]",
    "  template:",
    "    spec:",
    "      restartPolicy: Never",
    `      terminationGracePeriodSeconds: ${graceSeconds}`,
    "      containers:",
    "        - name: cell",
    `          image: ${text(image)}`,
    `          workingDir: ${text(sweep)}`,
    `          command: ["sh", "-c", ${text(command)}]`,
    ...(gpus > 0
      ? ["          resources:", "            limits:", `              nvidia.com/gpu: ${gpus}`]
      : []),
    "          volumeMounts:",
    "            - name: data",
    `              mountPath: ${text(dirname(sweep))}`,
    "      volumes:",
    "        - name: data",
    "          persistentVolumeClaim:",
    `            claimName: ${text(claim)}`,
  ];
  return [
    { path: "kubernetes/job.yaml", text: `${lines.join("\n")}\n` },
    { path: list, text: indexes.map((index) => `${index}\n`).join("") },
  ];
}

/** As Kubernetes takes names: lower case, digits and dashes. */
const jobName = (sweep: string): string =>
  basename(sweep)
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-|-$/g, "")
    .slice(0, 40) || "sweep";
