import { Command } from "commander";
import { checkWords } from "./flag-options.js";

/** `poisonspot doctor`: what is here, which engine runs, what is missing and how to mend it. Exits with 1 if no engine works. */
export function doctorCommand(): Command {
  return new Command("doctor")
    .description("show versions, engine and device, what is missing and how to mend it")
    .action(async (_flags: object, command: Command) => {
      checkWords({}, command);
      const [{ diagnose }, { programVersion }, { RunError }] = await Promise.all([
        import("../engine/doctor.js"),
        import("../version.js"),
        import("../errors.js"),
      ]);
      const { findings, advice, works } = await diagnose();
      for (const { topic, text } of [{ topic: "poisonspot", text: programVersion }, ...findings]) {
        console.log(`${topic.padEnd(14)} ${text}`);
      }
      for (const line of advice) console.log(`\n${line}`);
      if (!works) throw new RunError("No engine works on this machine.", "See the advice above.");
    });
}
