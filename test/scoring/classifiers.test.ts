import { expect, test } from "vitest";
import { UserError } from "../../src/errors.js";
import { parseCvModel, unsupportedCvModels } from "../../src/scoring/classifiers.js";

test("supported names are taken as they are", () => {
  expect(parseCvModel("RandomForest")).toBe("RandomForest");
  expect(parseCvModel("ml-random-forest")).toBe("ml-random-forest");
});

test("names of the method that are not supported yet say so", () => {
  for (const name of unsupportedCvModels) expect(() => parseCvModel(name)).toThrow("not supported yet");
});

test("other names are unknown, and the hint lists the supported ones", () => {
  expect(() => parseCvModel("toString")).toThrow(UserError);
  expect(() => parseCvModel("Forest")).toThrow(
    expect.objectContaining({ hint: "Use one of: RandomForest, ml-random-forest." }),
  );
});
