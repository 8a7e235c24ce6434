import { z } from "zod";

const numeral = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const wholeNumeral = /^[+-]?\d+$/;

/** A typed number that passes `accepts`; `accepted` names such numbers in an error. */
export const number = (accepted: string, accepts: (value: number) => boolean) =>
  z
    .string()
    .refine((text) => numeral.test(text), { error: accepted, abort: true })
    .transform(Number)
    .refine((value) => accepts(value), { error: accepted, abort: true })
    .refine(Number.isFinite, { error: `${accepted}, and at most 1.79e308` });

/** A typed whole number in [min, max]. */
export const integer = (min: number, max?: number) => {
  const largest = max ?? Number.MAX_SAFE_INTEGER;
  const accepted =
    max === undefined ? `a whole number of at least ${min}` : `a whole number from ${min} to ${max}`;
  const atMost = max === undefined ? `${accepted}, and at most ${largest}` : accepted;
  return z
    .string()
    .refine((text) => wholeNumeral.test(text), { error: accepted, abort: true })
    .transform(Number)
    .refine((value) => value >= min, { error: accepted, abort: true })
    .refine((value) => value <= largest, { error: atMost });
};

export const oneOf = <const T extends string>(names: readonly T[]) =>
  z.enum(names, { error: `one of ${names.join(", ")}` });

export const path = () => z.string().refine((text) => text.trim() !== "", { error: "a path" });

/** One folder's name: the results of a run must not land outside of the results folder. */
export const folderName = () =>
  z.string().refine((text) => /^[\w.,+=@%-][\w.,+=@% -]*$/.test(text) && !/^\.+$/.test(text), {
    error: "a folder name of letters, digits, spaces and . , _ + = @ % -, without slashes",
  });

/** `name=value` pairs; a value that reads as a number is one. */
export const namedValues = () =>
  z
    .array(z.string().refine((text) => /^[\w.]+=.+$/s.test(text), { error: "name=value, e.g. alpha=1.5" }))
    .transform((pairs) =>
      Object.fromEntries(
        pairs.map((pair): [string, string | number] => {
          const at = pair.indexOf("=");
          const value = pair.slice(at + 1);
          return [pair.slice(0, at), numeral.test(value) ? Number(value) : value];
        }),
      ),
    );
