import { describe, expect, test } from "vitest";
import {
  type ArtefactKind,
  configForComparison,
  flagRecord,
  recordedFlags,
} from "../../src/experiment/comparison.js";
import { flagNames, type RawFlags } from "../../src/experiment/flags/flags.js";
import { parseRunConfig } from "../../src/experiment/run-config.js";
import {
  type Origin,
  originDifferences,
  originMetadata,
  readOriginMetadata,
} from "../../src/store/origin.js";

const configOf = (raw: RawFlags = {}) => parseRunConfig({ retrain: true, ...raw });

/** The flags in which an artefact of this kind differs from one made with every default. */
function differing(kind: ArtefactKind, raw: RawFlags): string[] {
  const before = configForComparison(configOf(), kind);
  const after = configForComparison(configOf(raw), kind);
  return [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]),
  );
}

test("a record has every flag under its own name", () => {
  const record = flagRecord(configOf({ attack_opt: ["alpha=2"], training_mode: true }));
  expect(Object.keys(record).sort()).toEqual([...flagNames].sort());
  expect(record).toMatchObject({
    attack_opt: { alpha: 2 },
    training_mode: false,
    pr_tgt: 0.1,
    k_1: 1,
    exp: null,
    limit_per_class: null,
    ep_bl_base: 200,
  });
});

describe("what an artefact depends on", () => {
  const changes: readonly [ArtefactKind, RawFlags, string[]][] = [
    ["model", { model: "ResNet8", limit_per_class: "100" }, ["limit_per_class", "model"]],
    ["model", { global_seed: "1", training_mode: true }, ["global_seed", "training_mode"]],
    ["model", { vis: "32", attack_opt: ["alpha=1"] }, ["attack_opt", "vis"]],
    ["model", { epochs: "10" }, ["epochs"]],
    ["model", { source_class: "5", pr_sus: "50", ep_bl: "3", engine: "wasm", exp: "x", groups: "3" }, []],
    ["model", { precision: "mixed" }, ["precision"]],
    ["increments", { precision: "mixed" }, ["precision"]],
    ["base_model", { precision: "mixed" }, []],
    ["features", { pr_sus: "50", k_1: "2", sample_from_test: true }, ["pr_sus", "sample_from_test", "k_1"]],
    ["features", { epochs: "10", ep_sl: "3", bs_sl: "64" }, []],
    ["increments", { ep_sl: "3", bs_sl: "64", max_features: "10" }, ["max_features", "ep_sl", "bs_sl"]],
    ["increments", { groups: "3", threshold_type: "gaussian" }, []],
    ["excluded", { groups: "3", threshold_type: "gaussian" }, ["groups", "threshold_type"]],
    ["excluded", { threshold: "0.7" }, []],
    ["excluded", { threshold_type: "custom", threshold: "0.7" }, ["threshold_type", "threshold"]],
    ["retrained_model", { groups: "3", epochs: "10" }, ["groups", "epochs"]],
    ["base_model", { model: "ResNet8", eps: "8", global_seed: "1", epochs: "3" }, ["model"]],
  ];
  test.each(changes)("%s: %j", (kind, raw, names) => {
    expect(differing(kind, raw)).toEqual(names);
  });

  test("float32 is not written down, and what names another precision differs from it, both ways", () => {
    const [plain, mixed] = ["float32", "mixed"].map((precision) => ({
      settings: configForComparison(configOf({ precision }), "model"),
      inputs: {},
    }));
    expect(originMetadata(plain).config).not.toContain("precision");
    // Array groups record every flag, and are compared by those that count.
    expect(JSON.stringify(recordedFlags(configOf()))).not.toContain("precision");
    const differences = (made: Origin, now: Origin) =>
      originDifferences(readOriginMetadata("file", originMetadata(made)), now);
    expect(differences(plain, mixed)).toEqual(["--precision not set (now mixed)"]);
    expect(differences(mixed, plain)).toEqual(["--precision mixed (now not set)"]);
    expect([differences(plain, plain), differences(mixed, mixed)]).toEqual([[], []]);
  });

  test("a base model has its own number of epochs", () => {
    expect(configForComparison(configOf(), "model", 7).epochs).toBe(7);
  });
});
