/** "dirty": images of other classes that get the target's label. "crafted": by the product's attack, on a clean network. */
const planting = {
  badnets: "dirty",
  blend: "dirty",
  sig: "stamped",
  narcissus: "perturbed",
  lc: "crafted",
  sa: "crafted",
  ht: "crafted",
} as const;
export type AttackBase = keyof typeof planting;
export type CraftedAttack = {
  [B in AttackBase]: (typeof planting)[B] extends "crafted" ? B : never;
}[AttackBase];
/** "narcissus-15" plants 15 poisons; without a number it is as many as the study says, with "few" a quarter of them. */
export type AttackName = AttackBase | `${AttackBase}-${number | "few"}`;

export const attackBases = Object.keys(planting) as readonly AttackBase[];

export const baseOf = (name: AttackName): AttackBase => name.split("-")[0] as AttackBase;
export const isDirty = (name: AttackName): boolean => planting[baseOf(name)] === "dirty";
/** Those that carry a perturbation made on another network. */
export const isPerturbing = (name: AttackName): boolean => planting[baseOf(name)] === "perturbed";
export const isCrafted = (base: AttackBase): base is CraftedAttack => planting[base] === "crafted";

/** How many poisons an attack plants. @param poisons where its name says nothing */
export function countOf(name: AttackName, poisons: number): number {
  const part = name.split("-")[1];
  if (part === undefined) return poisons;
  return part === "few" ? Math.round(poisons / 4) : Number(part);
}

export const isAttackName = (text: string): text is AttackName =>
  /^[a-z]+(-([1-9]\d*|few))?$/.test(text) && Object.hasOwn(planting, text.split("-")[0]);
