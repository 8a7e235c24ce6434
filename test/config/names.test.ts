import { expect, test } from "vitest";
import { classifierNames, datasetNames, engineChoices } from "../../src/config/names.js";
import { datasets } from "../../src/datasets/registry.js";
import { engineNames } from "../../src/engine/engine.js";
import { classifiers } from "../../src/scoring/classifiers.js";

/** The registries load the array library, so the command line keeps the names apart; here they meet. */
test("the command line supports exactly what the registries hold", () => {
  expect(Object.keys(datasets).sort()).toEqual([...datasetNames].sort());
  expect(Object.keys(classifiers).sort()).toEqual([...classifierNames].sort());
  expect(engineChoices).toEqual(["auto", ...engineNames]);
});
