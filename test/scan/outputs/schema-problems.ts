import { readFile } from "node:fs/promises";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);

/** From the npm package @microsoft/sarif-multitool-linux 5.7.0 (MIT), as it comes. */
export const sarifSchema = new URL("../../fixtures/sarif-2.1.0.schema.json", import.meta.url);
export const reportSchemaFile = new URL("../../../docs/scan-report.schema.json", import.meta.url);

/** What a JSON schema has against a value. */
export async function schemaProblems(schema: URL, value: unknown): Promise<string[]> {
  if (ajv.getSchema(schema.href) === undefined)
    ajv.addSchema(JSON.parse(await readFile(schema, "utf8")), schema.href);
  const validate = ajv.getSchema(schema.href);
  if (validate === undefined) throw new Error(`no schema ${schema}`);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}
