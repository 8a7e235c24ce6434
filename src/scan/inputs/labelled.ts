/** What an item's class is called, and what else its data says of it. */
export interface Labelled {
  /** See `Listing.names`. */
  readonly name: string;
  readonly label: string;
  readonly supplier?: string;
  readonly isTrusted?: boolean;
}

/**
 * An item by the columns `label`, `source` and `trusted` of whatever describes it.
 * @param cell the text of a column; undefined where there is none
 * @throws Error that says what is wrong, without the item's name
 */
export function labelledBy(
  name: string,
  cell: (column: string) => string | undefined,
  label = cell("label"),
): Labelled {
  if (label === undefined) throw new Error(`${JSON.stringify(name)} has no label`);
  const supplier = cell("source");
  const isTrusted = truthOf(cell("trusted"));
  return {
    name,
    label,
    ...(supplier !== undefined && { supplier }),
    ...(isTrusted !== undefined && { isTrusted }),
  };
}

/** A text, number or truth value as text; undefined for what is empty or of another kind. */
export const scalarText = (value: unknown): string | undefined =>
  ["string", "number", "boolean", "bigint"].includes(typeof value) ? String(value) || undefined : undefined;

/** The texts of an object from elsewhere, by its fields; none of what is no object. */
export function textFields(value: unknown): (field: string) => string | undefined {
  const fields = new Map<string, unknown>(
    typeof value === "object" && value !== null ? Object.entries(value) : [],
  );
  return (field) => scalarText(fields.get(field));
}

/** @throws Error for text that is neither yes nor no */
export function truthOf(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (/^(true|1|1\.0|yes)$/i.test(text)) return true;
  if (/^(false|0|0\.0|no)$/i.test(text)) return false;
  throw new Error(`${JSON.stringify(text)} is neither true nor false`);
}
