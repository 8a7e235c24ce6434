import { type Problem, problemsError, valueProblem } from "../../flags/problems.js";
import { combinationProblems } from "./combinations.js";
import { type Flag, type FlagName, flagNames, flags, type RawFlags } from "./flags.js";
import { type FlagValues, grammar } from "./grammar.js";

const unset = (flag: Flag) => (flag.repeatable ? [] : flag.value === undefined ? false : flag.default);

function problemOf(name: FlagName, value: unknown, accepted: string): Problem {
  const problem = valueProblem(name, value, accepted);
  if (name === "pr_tgt" && Number(value) > 1 && Number(value) <= 100) {
    const hint = `--pr_tgt is a ratio, the share of the target class: ${value} % is ${Number(value) / 100}.`;
    return { ...problem, hint };
  }
  return problem;
}

/**
 * Reads flags as typed; a flag that is absent has its default.
 * @throws UserError naming every problem: flag, value received, values accepted
 */
export function parseFlags(raw: RawFlags): FlagValues {
  const problems: Problem[] = [];
  const values: Partial<FlagValues> = {};
  for (const name of flagNames) {
    const given = raw[name] ?? unset(flags[name]);
    const parsed = grammar[name].safeParse(given);
    if (parsed.success) Object.assign(values, { [name]: parsed.data });
    else problems.push(problemOf(name, given, parsed.error.issues[0].message));
  }
  problems.push(...combinationProblems(values));
  if (problems.length > 0) throw problemsError(problems);
  // Every flag was read, or there would be a problem.
  return values as FlagValues;
}
