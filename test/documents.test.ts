import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Command, CommanderError } from "commander";
import { describe, expect, test } from "vitest";
import { checkWords } from "../src/cli/flag-options.js";
import { buildProgram } from "../src/cli/program.js";
import { flagNames, type RawFlags } from "../src/experiment/flags/flags.js";
import { parseRunConfig } from "../src/experiment/run-config.js";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), "utf8");

const pages = readdirSync(join(root, "docs")).filter((name) => name.endsWith(".md"));
const documents = ["README.md", "CHANGELOG.md", ...pages.map((name) => `docs/${name}`)];

const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };

/** A fenced block and the line above it. */
interface Block {
  readonly language: string;
  readonly text: string;
  readonly before: string;
}

function blocksOf(path: string): Block[] {
  const found = read(path).matchAll(/(?:^|\n)([^\n]*)\n```(\w*)\n(.*?)\n```/gs);
  return [...found].map(([, before, language, text]) => ({ language, text, before }));
}

const withoutBlocks = (path: string): string => read(path).replace(/\n```.*?\n```/gs, "");

/** The address that GitHub gives a heading. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N} _-]/gu, "")
    .replaceAll(" ", "-");

const anchorsOf = (path: string): string[] =>
  Array.from(withoutBlocks(path).matchAll(/^#+ (.*)$/gm), ([, heading]) => anchorOf(heading));

describe.each(documents)("%s", (path) => {
  test("every npm script that it names is there", () => {
    const named = Array.from(read(path).matchAll(/npm run ([a-z][a-z:-]*)/g), ([, name]) => name);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });

  test("every link to a file and to a heading leads somewhere", () => {
    const links = Array.from(withoutBlocks(path).matchAll(/\]\(([^)\s]+)\)/g), ([, link]) => link);
    const broken = links.filter((link) => {
      if (/^https?:/.test(link)) return false;
      const [file, anchor] = link.split("#");
      const target = file === "" ? path : join(dirname(path), file);
      if (!existsSync(join(root, target))) return true;
      return anchor !== undefined && !anchorsOf(target).includes(anchor);
    });
    expect(broken).toEqual([]);
  });

  test("every flag that it names is there", () => {
    const spans = Array.from(withoutBlocks(path).matchAll(/`([^`\n]+)`/g), ([, code]) => code);
    const ours = spans.filter((code) => /^(npx )?poisonspot |^--\w+( [\w<]\S*)?$/.test(code));
    const named = ours.flatMap((code) => Array.from(code.matchAll(/--([a-z][\w-]*)/g), ([, name]) => name));
    expect(named.filter((name) => !flagsOfAll.has(name))).toEqual([]);
  });

  test("every command of a block would be taken, and is tried somewhere or too long for that", () => {
    for (const { before, text } of blocksOf(path).filter(({ language }) => language === "sh")) {
      const [, test] =
        /^<!-- (?:tried by (\S+)|too long for a test: .+) -->$/.exec(before) ?? unmarked(path, text);
      if (test !== undefined) expect(existsSync(join(root, test)), `${path}: ${test}`).toBe(true);
      for (const words of commandsOf(text))
        expect([words.join(" "), problemOf(words)]).toEqual([words.join(" "), ""]);
    }
  });
});

const unmarked = (path: string, block: string): never => {
  throw new Error(
    `${path}: the line above the block is neither <!-- tried by test/… --> nor <!-- too long for a test: why -->:\n${block}`,
  );
};

/** The commands of a block in words; comments, continued lines and what is piped on are dealt with. */
function commandsOf(block: string): string[][] {
  const lines = block.replace(/\\\n\s*/g, " ").split("\n");
  return lines
    .map((line) => line.replace(/(^|\s)#.*$/, ""))
    .flatMap((line) => line.split(/&&|\|/))
    .map((command) => (command.match(/"[^"]*"|\S+/g) ?? []).map((word) => word.replace(/^"|"$/g, "")))
    .map((words) => words.slice(words.findIndex((word) => !/^(npx|sudo|[A-Z_]+=.*)$/.test(word))))
    .filter((words) => words.length > 0);
}

/** Why a command would not be taken; empty when it would. Programs that are not ours are taken for right. */
function problemOf([program, ...args]: readonly string[]): string {
  if (program === "poisonspot") return parseProblem(args);
  if (program !== "npm" || args[0] !== "run") return "";
  const [, script, dashes, ...given] = args;
  if (!Object.hasOwn(scripts, script)) return `there is no script ${script}`;
  if (dashes === undefined) return "";
  if (dashes !== "--") return "arguments of a script come after --";
  if (script === "demo") return parseProblem(["--retrain", ...given.filter((word) => word !== "scan")]);
  if (script === "table" && !existsSync(join(root, `scripts/tables/${given[0]}.json`)))
    return "there is no such table";
  return "";
}

/** Parses a command line as the program does, and starts nothing. */
function parseProblem(args: readonly string[]): string {
  const program = idle(buildProgram());
  program.action((raw: RawFlags, command: Command) => {
    checkWords(raw, command);
    parseRunConfig(raw);
  });
  try {
    program.parse(args, { from: "user" });
    return "";
  } catch (error) {
    const isHelp = error instanceof CommanderError && error.exitCode === 0;
    return isHelp ? "" : String(error);
  }
}

/** The command with all of its own doing nothing. */
function idle(command: Command): Command {
  command.exitOverride().configureOutput({ writeOut() {}, writeErr() {}, outputError() {} });
  for (const sub of command.commands) {
    if (sub.commands.length === 0) sub.action(() => {});
    idle(sub);
  }
  return command;
}

/** Those of the program, its commands and the scripts. */
const flagsOfAll = new Set<string>([...flagNames, ...optionsOf(buildProgram()), "help", "seed"]);

function optionsOf(command: Command): string[] {
  const own = command.options.map(({ long }) => String(long).slice(2));
  return [...own, ...command.commands.flatMap(optionsOf)];
}

test("a command that is wrong is found", () => {
  const wrong = ["poisonspot --retrain --epoch 3", "poisonspot --retrain --lr 0"];
  for (const line of [...wrong, "poisonspot convert a.pth", "npm run nothing", "npm run table -- nothing"]) {
    expect([line, problemOf(line.split(" "))]).not.toEqual([line, ""]);
  }
  expect(commandsOf("npx poisonspot --retrain \\\n  --lr 1 # why\nnpm ci && npm test")).toEqual([
    ["poisonspot", "--retrain", "--lr", "1"],
    ["npm", "ci"],
    ["npm", "test"],
  ]);
});

test("the example of the library runs as it stands", () => {
  const [{ text }] = blocksOf("docs/library.md").filter(({ language }) => language === "js");
  const printed = execFileSync(process.execPath, ["--input-type=module", "-e", text], {
    cwd: root,
    encoding: "utf8",
  });
  expect(printed).toBe("[ 2, 100 ]\n");
});

test("README is read in five minutes", () => {
  expect(read("README.md").split("\n").length).toBeLessThanOrEqual(150);
  for (const page of pages) expect(read("README.md")).toContain(`](docs/${page})`);
});
