import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { attackChoice, datasetChoice, modelChoice } from "../../src/config/names.js";

describe("the command line and the registries know the same names", () => {
  const registries = [
    { folder: "attacks", registry: "attacks", supported: attackChoice.supported },
    { folder: "datasets", registry: "datasets", supported: datasetChoice.supported },
    { folder: "models", registry: "models", supported: modelChoice.supported },
  ];
  for (const { folder, registry, supported } of registries) {
    const file = new URL(`../../src/${folder}/registry.ts`, import.meta.url);
    test.runIf(existsSync(file))(registry, async () => {
      const module: Record<string, object> = await import(file.href);
      expect(Object.keys(module[registry]).sort()).toEqual([...supported].sort());
    });
  }
});
