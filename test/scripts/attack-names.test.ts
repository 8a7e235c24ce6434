import { expect, test } from "vitest";
import { countOf, isAttackName, isDirty } from "../../scripts/study/attack-names.js";

test("an attack's name may say how many poisons it plants", () => {
  expect(["sig", "sig-45", "narcissus-few"].map((name) => isAttackName(name))).toEqual([true, true, true]);
  expect(["", "foo", "sig-", "sig-0", "sig-4.5", "toString"].map((name) => isAttackName(name))).not.toContain(
    true,
  );
  expect(countOf("sig-45", 90)).toBe(45);
  expect(countOf("narcissus-few", 90)).toBe(23);
  expect(countOf("ht", 90)).toBe(90);
  expect(isDirty("blend-8")).toBe(true);
  expect(isDirty("lc-8")).toBe(false);
});
