import { Option } from "commander";

interface Flag {
  /** What stands for the value in help; none: a switch. */
  readonly value?: string;
  readonly help: string;
  readonly default?: string;
}

/** A flag of a table, its default said in its help; commander is not told of it, so that a flag left out is seen as such. */
export function optionOf(name: string, flag: Flag): Option {
  const text = flag.default === undefined ? flag.help : `${flag.help} [${flag.default}]`;
  return new Option(flag.value === undefined ? `--${name}` : `--${name} ${flag.value}`, text);
}
