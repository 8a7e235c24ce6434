import { expect, test } from "vitest";
import { classifierNames, engineChoices } from "../../src/config/names.js";
import { engineNames } from "../../src/engine/engine.js";
import { classifiers } from "../../src/scoring/classifiers.js";

/** The registries load the array library, so the command line keeps the names apart; here they meet. */
test("the command line supports exactly what the registries hold", () => {
  expect(Object.keys(classifiers).sort()).toEqual([...classifierNames].sort());
  expect(engineChoices).toEqual(["auto", ...engineNames]);
});
