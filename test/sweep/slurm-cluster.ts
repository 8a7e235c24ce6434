import { execFileSync, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { hostname, tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout } from "node:timers/promises";

/** Slurm on this machine, on loopback, in a folder of its own: a controller, a node and what they trust each other by. */
export interface SlurmCluster {
  /** What a command needs to find it. */
  readonly env: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

const programs = ["slurmctld", "slurmd", "munged", "sbatch", "scontrol", "squeue", "scancel"];

/** What of Slurm is not installed here; empty when all of it is. */
export const missingPrograms = (): string[] => programs.filter((name) => pathOf(name) === undefined);

function pathOf(name: string): string | undefined {
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}

/** @param cpus of the one node: as many one-CPU jobs run at a time */
export async function startSlurm(cpus: number): Promise<SlurmCluster> {
  const folder = mkdtempSync(join(tmpdir(), "slurm-"));
  const inFolder = (name: string) => join(folder, name);
  for (const name of ["state", "spool"]) mkdirSync(inFolder(name));
  writeFileSync(inFolder("munge.key"), randomBytes(128), { mode: 0o400 });
  const [controllerPort, nodePort] = [await freePort(), await freePort()];
  const host = hostname().split(".")[0];
  const settings = [
    "ClusterName=test",
    `SlurmctldHost=${host}(127.0.0.1)`,
    `SlurmctldPort=${controllerPort}`,
    `SlurmdPort=${nodePort}`,
    "SlurmUser=root",
    "SlurmdUser=root",
    `AuthInfo=socket=${inFolder("munge.socket")}`,
    `StateSaveLocation=${inFolder("state")}`,
    `SlurmdSpoolDir=${inFolder("spool")}`,
    `SlurmctldPidFile=${inFolder("slurmctld.pid")}`,
    `SlurmdPidFile=${inFolder("slurmd.pid")}`,
    `SlurmctldLogFile=${inFolder("slurmctld.log")}`,
    `SlurmdLogFile=${inFolder("slurmd.log")}`,
    "ProctrackType=proctrack/linuxproc",
    "TaskPlugin=task/none",
    "JobAcctGatherType=jobacct_gather/none",
    "AccountingStorageType=accounting_storage/none",
    "JobCompType=jobcomp/filetxt",
    `JobCompLoc=${inFolder("jobs.log")}`,
    "SelectType=select/cons_tres",
    "SelectTypeParameters=CR_CPU",
    "MpiDefault=none",
    "ReturnToService=2",
    "SchedulerParameters=sched_interval=1,batch_sched_delay=0,bf_interval=1",
    "MailProg=/bin/true",
    // The node may say that it has more processors than there are.
    "SlurmdParameters=config_overrides",
    "KillWait=30",
    `NodeName=${host} NodeAddr=127.0.0.1 CPUs=${cpus} State=UNKNOWN`,
    `PartitionName=test Nodes=${host} Default=YES MaxTime=INFINITE State=UP`,
  ];
  const conf = inFolder("slurm.conf");
  writeFileSync(conf, `${settings.join("\n")}\n`);
  const start = (name: string, args: readonly string[]) => {
    const path = pathOf(name);
    if (path === undefined) throw new Error(`${name} is not installed.`);
    const child = spawn(path, args, { stdio: "ignore", env: { ...process.env, SLURM_CONF: conf } });
    return child;
  };
  const munge = ["key-file", "socket", "pid-file", "log-file", "seed-file"];
  const daemons = [
    start("munged", [
      "--foreground",
      "--force",
      ...munge.map((name) => `--${name}=${inFolder(`munge.${name.replace("-file", "")}`)}`),
    ]),
  ];
  await until(
    () => existsSync(inFolder("munge.socket")),
    () => "munged",
  );
  daemons.push(start("slurmctld", ["-D", "-f", conf]), start("slurmd", ["-D", "-f", conf, "-N", host]));
  const env = { SLURM_CONF: conf };
  const nodeState = () =>
    execFileSync("sinfo", ["--noheader", "--format=%T"], {
      env: { ...process.env, ...env },
      stdio: ["ignore", "pipe", "ignore"],
    }).toString();
  await until(
    () => nodeState().includes("idle"),
    () => "Slurm",
  );
  return {
    env,
    async stop() {
      // What still runs would outlive the daemons.
      execFileSync("scancel", ["--user=root"], { env: { ...process.env, ...env } });
      const left = () => execFileSync("squeue", ["--noheader"], { env: { ...process.env, ...env } }).length;
      await until(
        () => left() === 0,
        () => "jobs to end",
      );
      for (const daemon of daemons.reverse()) daemon.kill("SIGTERM");
      await setTimeout(500);
      for (const daemon of daemons) daemon.kill("SIGKILL");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Long enough for a machine with ten times as much to do. */
const patienceMs = 200_000;

/** Waits until `condition` holds; one that throws does not yet. @param what said when it does not come to pass */
export async function until(condition: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  const end = Date.now() + patienceMs;
  for (;;) {
    try {
      if (await condition()) return;
    } catch (error) {
      if (Date.now() > end) throw error;
    }
    if (Date.now() > end) throw new Error(`Waited too long for ${what()}.`);
    await setTimeout(200);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === "string") throw new Error("There is no free port.");
  return address.port;
}
