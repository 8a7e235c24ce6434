import type { Command, Option } from "commander";
import { closestName } from "../closest-name.js";
import { UserError } from "../errors.js";
import { type Flag, flagGroups, flagNames, flags, type RawFlags } from "../experiment/flags/flags.js";
import { optionOf } from "./option-of.js";

/** The flags of a run, group by group. */
export const flagOptions = (): Option[] =>
  flagGroups.flatMap((group) =>
    flagNames.filter((name) => flags[name].group === group).map((name) => runOption(name, flags[name])),
  );

function runOption(name: string, flag: Flag): Option {
  const option = optionOf(name, flag);
  if (flag.repeatable) option.argParser((value: string, previous: string[] = []) => [...previous, value]);
  return option.helpGroup(`${flag.group}:`);
}

/** @throws UserError where a flag has the next one for its value, or a word belongs to none */
export function checkWords(raw: RawFlags, { args, parent, commands }: Command): void {
  const swallowed = flagNames.find((name) => String(raw[name]).startsWith("--"));
  if (swallowed !== undefined) throw missingValue(swallowed, String(raw[swallowed]));
  const [stray] = args;
  if (stray !== undefined) throw strayWord(stray, parent?.commands ?? commands);
}

/** In `--pr_tgt --bs 64` the parser takes "--bs" for the value of --pr_tgt. */
const missingValue = (name: string, next: string): UserError =>
  new UserError(`--${name} has no value: "${next}" follows it.`, `Give it one: --${name} <value>.`);

function strayWord(word: string, commands: readonly Command[]): UserError {
  const names = commands.map((command) => command.name());
  const meant = closestName(word, [...names, ...flagNames.map((name) => `--${name}`)]);
  const hint =
    meant === undefined
      ? `Flags start with "--"; the commands are ${names.join(", ")}.`
      : `Did you mean ${meant}?`;
  return new UserError(`Unexpected word "${word}".`, hint);
}
