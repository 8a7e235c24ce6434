// Runs command lines one after the other in one process, and sends what came of each: { exitCode, text }.
// A command is { cwd, args, failing?: { path, code }, backwards? }, see series.ts.
import { promises } from "node:fs";
import { syncBuiltinESMExports } from "node:module";

let failing;
const { open } = promises;

/** Of what is written to files whose path holds `failing.path` half gets there. */
promises.open = async (path, flags, ...rest) => {
  const file = await open(path, flags, ...rest);
  if (failing === undefined || !/[wa+]/.test(String(flags)) || !String(path).includes(failing.path))
    return file;
  const { code } = failing;
  for (const name of ["appendFile", "writeFile"]) {
    const write = file[name].bind(file);
    file[name] = async (data) => {
      const bytes = Buffer.from(data);
      await write(bytes.subarray(0, Math.floor(bytes.length / 2)));
      throw Object.assign(new Error(`${code}: write`), { code, syscall: "write" });
    };
  }
  return file;
};
syncBuiltinESMExports();

const SystemDate = Date;
let goneBack = 0;
/** A clock that is set back by an hour each time somebody looks. */
class BackwardsDate extends SystemDate {
  constructor(...args) {
    super(...(args.length === 0 ? [BackwardsDate.now()] : args));
  }
  static now() {
    goneBack += 3_600_000;
    return SystemDate.now() - goneBack;
  }
}

const { buildProgram } = await import("../../dist/cli/program.js");
const { describeFailure } = await import("../../dist/cli/failure.js");

const commands = JSON.parse(process.argv[2]);
for (const { cwd, args, ...fault } of commands) {
  process.chdir(cwd);
  failing = fault.failing;
  globalThis.Date = fault.backwards ? BackwardsDate : SystemDate;
  const outcome = await buildProgram()
    .parseAsync(["node", "poisonspot", ...args])
    .then(() => ({ exitCode: 0, text: "" }), describeFailure);
  await new Promise((resolve) => process.send(outcome, resolve));
}
process.exit(0);
