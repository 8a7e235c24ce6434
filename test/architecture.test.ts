import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

/** From the top down. A folder imports only from itself, its own layer and the layers below. */
const layers: readonly (readonly string[])[] = [
  ["cli", "api"],
  ["sweep", "compare"],
  ["experiment", "scan"],
  ["workflow", "report"],
  ["attacks", "capture", "detection", "training", "provenance", "scoring", "plots"],
  ["datasets", "models", "nn", "store", "random"],
  ["engine"],
  ["pickle"],
  ["files", "flags", "statistics"],
];
/** Imported from everywhere, importing but each other. */
const leaves = [
  "closest-name.ts",
  "errors.ts",
  "format.ts",
  "python-number.ts",
  "reporter.ts",
  "run.ts",
  "version.ts",
];

const src = fileURLToPath(new URL("../src", import.meta.url));

interface Import {
  /** Files, relative to src, with forward slashes. */
  readonly from: string;
  readonly to: string;
  /** Erased by the compiler, or loaded only when it is reached. */
  readonly kind: "static" | "type" | "dynamic";
}

const sources = readdirSync(src, { recursive: true, encoding: "utf8" })
  .filter((path) => path.endsWith(".ts"))
  .map((path) => path.replaceAll(sep, "/"));

function importsOf(from: string): Import[] {
  const text = readFileSync(join(src, from), "utf8");
  const statements = text.matchAll(/^(import|export)\s(type\s)?(?:[^;]*?\sfrom\s)?"(\.[^"]+)"/gm);
  const calls = text.matchAll(/(?:import|new URL)\(\s*"(\.[^"]+)"/g);
  const target = (specifier: string) =>
    relative(src, resolve(src, dirname(from), specifier))
      .replaceAll(sep, "/")
      .replace(/\.js$/, ".ts");
  return [
    ...[...statements].map(([, , type, specifier]): Import => {
      return { from, to: target(specifier), kind: type === undefined ? "static" : "type" };
    }),
    ...[...calls].map(([, specifier]): Import => ({ from, to: target(specifier), kind: "dynamic" })),
  ].filter(({ to }) => !to.startsWith(".."));
}

const imports = sources.flatMap(importsOf);
const folderOf = (path: string) => (path.includes("/") ? path.slice(0, path.indexOf("/")) : path);
const layerOf = (path: string) => layers.findIndex((folders) => folders.includes(folderOf(path)));

test("every import is found in the tree", () => {
  expect(imports.length).toBeGreaterThan(100);
  expect(imports.filter(({ to }) => !sources.includes(to))).toEqual([]);
});

test("every folder has its layer", () => {
  const known = [...layers.flat(), ...leaves, "index.ts"];
  expect([...new Set(sources.map(folderOf))].filter((folder) => !known.includes(folder))).toEqual([]);
});

describe("arrows point one way", () => {
  test("down the layers", () => {
    const upwards = imports.filter(({ from, to }) => {
      if (from === "index.ts" || leaves.includes(to)) return false;
      return leaves.includes(from) || to === "index.ts" || layerOf(to) < layerOf(from);
    });
    expect(upwards.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test("never round in a circle, between folders of one layer or between files", () => {
    const crossing = imports.filter(({ from, to }) => folderOf(from) !== folderOf(to));
    expect(circle(crossing.map(({ from, to }) => [folderOf(from), folderOf(to)]))).toEqual([]);
    // A type that two files want of each other wants a file of its own.
    const needed = imports.filter(({ kind }) => kind !== "dynamic");
    expect(circle(needed.map(({ from, to }) => [from, to]))).toEqual([]);
  });

  test("the command line and the library do not know each other", () => {
    const sides = ["cli", "api"];
    const between = ({ from, to }: Import) => sides.includes(folderOf(from)) && sides.includes(folderOf(to));
    expect(imports.filter((one) => between(one) && folderOf(one.from) !== folderOf(one.to))).toEqual([]);
  });

  test("no stage reaches into another", () => {
    const inStages = ({ from, to }: Import) =>
      from.startsWith("experiment/stages/") && to.startsWith("experiment/stages/");
    expect(imports.filter(inStages)).toEqual([]);
  });
});

describe("the core serves who plants poisons and who knows of none", () => {
  const core = ["training", "capture", "detection", "provenance", "scoring", "models", "nn", "store"];
  const isCore = (path: string) => core.includes(folderOf(path));

  test("it imports neither the experiment nor an attack", () => {
    const clients = ["cli", "api", "experiment", "workflow", "attacks"];
    const wrong = imports.filter(({ from, to }) => isCore(from) && clients.includes(folderOf(to)));
    expect(wrong.map(({ from, to }) => `${from} -> ${to}`)).toEqual([]);
  });

  test("it has no word for what is poisoned", () => {
    const wrong = sources.filter(isCore).filter((path) => {
      const code = readFileSync(join(src, path), "utf8").replace(/\/\*\*?[\s\S]*?\*\/|\/\/.*/g, "");
      return /poisonIds|poisoned|triggered|targetClass/i.test(code);
    });
    expect(wrong).toEqual([]);
  });
});

/** A file and all that it loads as it is loaded. */
function reachedFrom(start: string): Set<string> {
  const reached = new Set([start]);
  for (const file of reached) {
    for (const { from, to, kind } of imports) if (from === file && kind === "static") reached.add(to);
  }
  return reached;
}

test.each(["experiment/plan.ts", "experiment/status.ts", "cli/plan-text.ts", "cli/status-text.ts"])(
  "%s loads no engine",
  (start) => {
    expect([...reachedFrom(start)].filter((file) => /^engine\/(?!engine\.ts$)/.test(file))).toEqual([]);
  },
);

/** Flags, the registries of what flags may name, the descriptors in them, and the arithmetic of those. */
const light = [
  /^(cli|experiment\/flags|scan\/flags|compare\/flags)(\/|\.ts)/,
  /\/(about|registry)\.ts$/,
  /^engine\/engine\.ts$/,
  /^attacks\/(options|crafting\/(passes|share-of-class)|sleeper-agent\/crafting-passes)\.ts$/,
  /^files\/open-files/,
];

test("help and mistyped flags load neither the engine nor validation", () => {
  const reached = new Set(
    ["main", "output", "program"].flatMap((name) => [...reachedFrom(`cli/${name}.ts`)]),
  );
  const isLight = (file: string) => leaves.includes(file) || light.some((pattern) => pattern.test(file));
  expect([...reached].filter((file) => !isLight(file))).toEqual([]);
  const packages = [...reached].flatMap((file) => {
    const text = readFileSync(join(src, file), "utf8");
    return [...text.matchAll(/^import\s(?!type)[^;]*?\sfrom\s"([^."][^"]*)"/gm)].map(([, name]) => name);
  });
  const foreign = new Set(packages.filter((name) => !name.startsWith("node:")));
  expect([...foreign].sort()).toEqual(["commander", "leven"]);
});

/** The first circle in a directed graph, as the names along it; empty when there is none. */
function circle(edges: readonly (readonly [string, string])[]): string[] {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of edges) next.set(from, (next.get(from) ?? new Set()).add(to));
  const done = new Set<string>();
  const visit = (node: string, path: readonly string[]): string[] => {
    if (path.includes(node)) return [...path.slice(path.indexOf(node)), node];
    if (done.has(node)) return [];
    for (const target of next.get(node) ?? []) {
      const found = visit(target, [...path, node]);
      if (found.length > 0) return found;
    }
    done.add(node);
    return [];
  };
  for (const node of next.keys()) {
    const found = visit(node, []);
    if (found.length > 0) return found;
  }
  return [];
}
