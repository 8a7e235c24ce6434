import { describe, expect, test } from "vitest";
import {
  checkOrigin,
  type Origin,
  originDifferences,
  originMetadata,
  readOriginMetadata,
} from "../../src/store/origin.js";

const made: Origin = {
  settings: { lr: 0.1, training_mode: true, attack_opt: { steps: 3 } },
  inputs: { dataset: "d1", poisons: "p1" },
  via: { "clean model": "a" },
};
const recorded = readOriginMetadata("file", originMetadata(made));
const refusal = (expected: Origin, found = recorded) => {
  try {
    checkOrigin("file", found, expected, "--force to train it again");
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
};

test("an artefact of the same origin passes; one that says nothing does too", () => {
  expect(refusal(made)).toBeUndefined();
  expect(refusal(made, {})).toBeUndefined();
  expect(originDifferences(recorded, made)).toEqual([]);
});

test("other flags are named with both values", () => {
  const expected = { ...made, settings: { lr: 0.05, training_mode: false, attack_opt: { steps: 3 }, bs: 8 } };
  expect(refusal(expected)).toBe(
    "file was made with other settings: --lr 0.1 (now 0.05), --training_mode on (now off), --bs not set (now 8).",
  );
});

describe("the same flags, but other content", () => {
  test("what changed is named, and what it was made from", () => {
    const expected = { ...made, inputs: { dataset: "d1", poisons: "p2" }, via: { "clean model": "b" } };
    expect(refusal(expected)).toBe("file was made from other content: poisons, clean model.");
    expect(originDifferences(recorded, expected)).toEqual([
      "other content: poisons",
      "other content: clean model",
    ]);
  });

  test("another clean model that gave the same poisons changes nothing", () => {
    expect(refusal({ ...made, via: { "clean model": "b" } })).toBeUndefined();
  });

  test("content that is not known now does not count; content that was not recorded does", () => {
    expect(refusal({ ...made, inputs: {} })).toBeUndefined();
    expect(refusal({ ...made, inputs: { ...made.inputs, suspects: "s" } })).toBe(
      "file was made from other content: suspects.",
    );
  });
});

describe("an artefact of version 0.1, which recorded the dataset alone", () => {
  const old = readOriginMetadata("file", { config: JSON.stringify(made.settings), dataset: "d1" });

  test("is named as such where more is needed to tell what it is", () => {
    expect(refusal(made, old)).toContain("file is of an earlier version of poisonspot");
    expect(originDifferences(old, made)).toEqual(["of an earlier version"]);
  });

  test("passes where the dataset is all that counts", () => {
    expect(refusal({ ...made, inputs: { dataset: "d1" } }, old)).toBeUndefined();
    expect(refusal({ ...made, inputs: { dataset: "d2" } }, old)).toContain("other content: dataset");
  });
});

test("a damaged record is named", () => {
  expect(() => readOriginMetadata("file", { config: "{" })).toThrow(
    "file: its record of settings is damaged.",
  );
  expect(() => readOriginMetadata("file", { config: "{}", inputs: '{"a":1}' })).toThrow("damaged");
});
