/**
 * A float as Python prints it, since the original's artefact names come from there: 1 is "1.0", 1e-5 is "1e-05".
 * @param value finite
 */
export function pythonFloat(value: number): string {
  if (Number.isInteger(value) && Math.abs(value) < 1e16) return `${value}.0`;
  const [digits, exponentText] = value.toExponential().split("e");
  const exponent = Number(exponentText);
  if (exponent >= -4 && exponent < 16) return String(value);
  const sign = exponent < 0 ? "-" : "+";
  return `${digits}e${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** A number that was whole in the original: 8 is "8", 50 is "50", 12.5 is "12.5". */
export const pythonNumber = (value: number): string =>
  Number.isInteger(value) ? String(value) : pythonFloat(value);
