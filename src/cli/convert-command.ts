import { Command } from "commander";

/** Names of what was left out that are said; a checkpoint may hold any number. */
const maxNames = 8;

/** `poisonspot convert IN OUT`: a checkpoint in the other format. */
export function convertCommand(): Command {
  return new Command("convert")
    .description("convert a checkpoint: PyTorch's from and to .safetensors")
    .argument(
      "<in>",
      ".safetensors, or PyTorch's .pth, .pt, .pth.tar, .bin, .ckpt or .pkl: its content says what it is",
    )
    .argument(
      "<out>",
      ".safetensors, or .pth, .pt, .pth.tar, .bin or .ckpt: the extension says what is written",
    )
    .option("--force", "replace <out> if it is there already")
    .action(async (input: string, output: string, flags: { force?: boolean }) => {
      const [{ convertCheckpoint }, { formatBytes, formatCount }] = await Promise.all([
        import("../store/convert-checkpoint.js"),
        import("../format.js"),
      ]);
      const done = await convertCheckpoint(input, output, flags.force === true);
      console.log(`wrote ${output}: ${formatCount(done.entries)} entries, ${formatBytes(done.bytes)}`);
      if (done.takenFrom !== undefined) console.log(`the state is from "${done.takenFrom}" in ${input}`);
      if (done.leftOut.length > 0) console.log(`left out: ${listed(done.leftOut)}`);
      if (done.lostMetadata) {
        console.log("left out: the record of flags and dataset, for which a PyTorch file has no place");
      }
    });
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, maxNames).join(", ");
  return names.length > maxNames ? `${shown} and ${names.length - maxNames} more` : shown;
}
