import type { ScanOptions } from "./options.js";
import type { Finding } from "./verdict.js";

const exitCodes = {
  "no evidence": 0,
  evidence: 3,
  inconclusive: 4,
  uncalibrated: 4,
} as const satisfies Record<Finding, number>;

/** With which code a scan ends that came to its end. */
export const exitCodeOf = (finding: Finding, { fail_on }: Pick<ScanOptions, "fail_on">): number =>
  fail_on === "evidence" ? exitCodes[finding] : 0;
