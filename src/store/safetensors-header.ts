import { z } from "zod";
import { elementBytes, type StoredType } from "./stored-numbers.js";

/** Where a tensor lies, relative to the first byte after the header. */
interface StoredTensor {
  readonly name: string;
  readonly dtype: StoredType;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

/** What a file says of its content. */
export interface SafetensorsHeader {
  /** In the order the header names them. */
  readonly tensors: readonly StoredTensor[];
  readonly metadata: Record<string, string>;
}

const storedTensorSchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});
const metadataSchema = z.record(z.string(), z.string());

/**
 * Reads and checks the JSON header: tensors must tile the data exactly, as the format demands.
 * @param dataBytes length of the file after the header
 * @throws Error that says what is wrong
 */
export function parseSafetensorsHeader(json: string, dataBytes: number): SafetensorsHeader {
  const topLevelKeys = countTopLevelKeys(json);
  const parsed: unknown = JSON.parse(json);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    throw new Error("the header is not a JSON object");
  }
  const entries = Object.entries(parsed);
  if (topLevelKeys !== entries.length) throw new Error("the header names a tensor twice");
  const metadata = metadataSchema.safeParse(
    Object.getOwnPropertyDescriptor(parsed, "__metadata__")?.value ?? {},
  );
  if (!metadata.success) throw new Error("__metadata__ is not a map of strings");
  const tensors = entries
    .filter(([name]) => name !== "__metadata__")
    .map(([name, entry]) => parseTensor(name, entry));
  checkTiling(tensors, dataBytes);
  return { tensors, metadata: metadata.data };
}

function parseTensor(name: string, entry: unknown): StoredTensor {
  const parsed = storedTensorSchema.safeParse(entry);
  if (!parsed.success) {
    throw new Error(`the entry of "${name}" is not {dtype, shape, data_offsets} with non-negative integers`);
  }
  const { dtype, shape, data_offsets } = parsed.data;
  if (!isStoredType(dtype)) {
    throw new Error(`"${name}" has dtype ${dtype}; supported are ${Object.keys(elementBytes).join(", ")}`);
  }
  const [begin, end] = data_offsets;
  const bytes = shape.reduce((size, axis) => size * axis, elementBytes[dtype]);
  if (bytes !== end - begin) {
    throw new Error(`"${name}" ${dtype} [${shape}] needs ${bytes} bytes, its offsets give ${end - begin}`);
  }
  return { name, dtype, shape, begin, end };
}

const isStoredType = (dtype: string): dtype is StoredType => Object.hasOwn(elementBytes, dtype);

function checkTiling(tensors: readonly StoredTensor[], dataBytes: number): void {
  let position = 0;
  for (const { name, begin, end } of tensors.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== position) {
      throw new Error(
        `"${name}" starts at byte ${begin}, expected ${position}: tensors overlap or leave a hole`,
      );
    }
    position = end;
  }
  if (position !== dataBytes) throw new Error(`tensors end at byte ${position}, the data at ${dataBytes}`);
}

/**
 * Keys of the outermost object, repeated ones counted again (`JSON.parse` drops them).
 * @throws Error on nesting deeper than a header has, which would cost `JSON.parse` much memory
 */
function countTopLevelKeys(json: string): number {
  let depth = 0;
  let keys = 0;
  for (let i = 0; i < json.length; i++) {
    const token = json[i];
    if (token === '"') i = closingQuote(json, i);
    else if (token === "{" || token === "[") depth++;
    else if (token === "}" || token === "]") depth--;
    else if (token === ":" && depth === 1) keys++;
    if (depth > 3) throw new Error("the header is nested too deeply");
  }
  return keys;
}

/** Position of the quote that ends a string, or the length of the text when none does. */
function closingQuote(json: string, openingQuote: number): number {
  let i = openingQuote + 1;
  while (i < json.length && json[i] !== '"') i += json[i] === "\\" ? 2 : 1;
  return i;
}
