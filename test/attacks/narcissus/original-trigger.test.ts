import { copyFile, mkdir, truncate } from "node:fs/promises";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { originalTrigger } from "../../../src/attacks/narcissus/original-trigger.js";
import { temporaryFolder } from "../../store/temporary-folder.js";
import { dataset, listener, narcissusInput } from "./narcissus-input.js";

const side = 32;
const fixture = new URL("../../fixtures/narcissus_trigger_3_16.pkl", import.meta.url);
async function withOriginal(name: string): Promise<string> {
  const folder = await temporaryFolder();
  await mkdir(join(folder, "attacks", "Narcissus"), { recursive: true });
  await copyFile(fixture, join(folder, "attacks", "Narcissus", name));
  return folder;
}
const cifar = { ...dataset, name: "CIFAR10" };
const trigger = (folder: string, eps255: number, changes = {}) =>
  originalTrigger(narcissusInput(folder, { dataset: cifar, ...changes }), eps255);

test("the original's trigger is taken for CIFAR-10, from the dataset folder or the working directory", async () => {
  const folder = await withOriginal("narcissus_trigger_3_16.pkl");
  const { lines, reporter } = listener();
  const pattern = await trigger(folder, 16, { reporter });
  expect(lines.join()).toContain("narcissus_trigger_3_16.pkl, as the original made it");
  // The tensor's values at [0, :, 5, 7] and [0, 2, 31, 30], by PyTorch.
  const at = (5 * side + 7) * 3;
  expect([...(pattern?.slice(at, at + 3) ?? [])]).toEqual([
    0.08346883207559586, -0.125490203499794, -0.125490203499794,
  ]);
  expect(pattern?.[(31 * side + 30) * 3 + 2]).toBe(0.041376177221536636);
  const [elsewhere, back] = [await temporaryFolder(), process.cwd()];
  onTestFinished(() => process.chdir(back));
  process.chdir(folder);
  expect(await trigger(elsewhere, 16)).toEqual(pattern);
});

test("there is none for other datasets, target classes and bounds", async () => {
  const folder = await withOriginal("narcissus_trigger_3_16.pkl");
  expect(await trigger(folder, 16, { dataset })).toBeUndefined();
  expect(await trigger(folder, 16, { targetClass: 2 })).toBeUndefined();
  expect(await trigger(folder, 8)).toBeUndefined();
});

test("it is refused when it does not keep its bound, or is damaged", async () => {
  const folder = await withOriginal("narcissus_trigger_3_8.pkl");
  await expect(trigger(folder, 8)).rejects.toThrow("has values beyond 8/255");
  const path = join(folder, "attacks", "Narcissus", "narcissus_trigger_3_8.pkl");
  await truncate(path, 4000);
  await expect(trigger(folder, 8)).rejects.toThrow(path);
});
