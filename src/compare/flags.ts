interface CompareFlag {
  /** What stands for the value in help. */
  readonly value: string;
  readonly help: string;
  /** As the user would type it. */
  readonly default?: string;
}

/** The flags of a comparison, beside those that name what is compared. It loads nothing. */
export const compareFlags = {
  scan: { value: "<dir>", help: "compare over what `poisonspot scan` left there, in place of an experiment" },
  detectors: {
    value: "<names>",
    help: "detectors to compare, separated by commas; docs/detectors.md names them [all]",
  },
  splits: { value: "<n>", default: "5", help: "random splits of the trusted images, as in a scan" },
  fdr: {
    value: "<share>",
    default: "0.1",
    help: "share of the flagged images that may be clean, on average",
  },
  level: { value: "<p>", default: "0.05", help: "chance of a false alarm, over all classes" },
  assumed_share: {
    value: "<share>",
    help: "share of all images that detectors which want to be told take for poison [the true one; 0.01 in a scan]",
  },
} as const satisfies Record<string, CompareFlag>;

export type CompareFlagName = keyof typeof compareFlags;
export const compareFlagNames = Object.keys(compareFlags) as readonly CompareFlagName[];

/** Flags as typed. */
export type RawCompareFlags = { readonly [K in CompareFlagName]?: string };
