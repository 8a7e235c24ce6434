import type { JsonValue } from "../../files/atomic-file.js";
import { programVersion } from "../../version.js";
import type { JudgedClass, Verdict } from "../verdict.js";

interface Digests {
  /** SHA-256, hex, of `SHA256SUMS`. */
  readonly sums: string;
  /** The same of `report.json`. */
  readonly report: string;
}

/**
 * An in-toto statement (v1) with a test result (predicate test-result v0.1): a test a class, of the files in `SHA256SUMS`. Unsigned: it is
 * for who vouches for it to sign.
 */
export function attestation({ finding, classes }: Verdict, { sums, report }: Digests): JsonValue {
  const testsThat = (outcome: string) =>
    classes.filter((one) => outcomeOf(one) === outcome).map(({ name }) => `class ${name}`);
  const warnedTests = testsThat("warned");
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "SHA256SUMS", digest: { sha256: sums } }],
    predicateType: "https://in-toto.io/attestation/test-result/v0.1",
    predicate: {
      result:
        finding === "evidence"
          ? "FAILED"
          : finding === "inconclusive" || warnedTests.length > 0
            ? "WARNED"
            : "PASSED",
      configuration: [
        {
          name: "report.json",
          digest: { sha256: report },
          mediaType: "application/json",
          annotations: { writtenBy: `poisonspot ${programVersion}` },
        },
      ],
      passedTests: testsThat("passed"),
      warnedTests,
      failedTests: testsThat("failed"),
    },
  };
}

const outcomeOf = ({ p, isEvidence }: JudgedClass) =>
  p === undefined ? "warned" : isEvidence ? "failed" : "passed";
