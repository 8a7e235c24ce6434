/** What of the npm package "webgpu" is fetched, and how it is known to be that. */
export interface DawnPin {
  readonly version: string;
  /** npm's integrity of the package. */
  readonly integrity: string;
  /** Systems for which there is a library, each with its folder in the package and the library's SHA-256. */
  readonly systems: Readonly<Record<string, { readonly folder: string; readonly sha256: string }>>;
}

const darwin = {
  folder: "darwin-universal",
  sha256: "f5b278f3dc65276bf1f8a667f91650d32585431d5b2d148ca729f67924c574a3",
};

/** The version is the first that lets the processor rest and the process end while a device is open, and that loads on Debian 12. */
export const dawnPin: DawnPin = {
  version: "0.6.2",
  integrity:
    "sha512-3L4GfmqJLvYUIEWJngEQY+2HQiUlAFkg8+P8NDDj3Xx5hHHIFO/r8JW+ynfqBj7kHN4mbnwO74uB+lrRtLhp4Q==",
  systems: {
    "darwin-arm64": darwin,
    "darwin-x64": darwin,
    "linux-arm64": {
      folder: "linux-arm64",
      sha256: "474a272ac9be570b04fa3791576d32e56f574818e60190c6788a83be90233980",
    },
    "linux-x64": {
      folder: "linux-x64",
      sha256: "ab18a659f8325e874ea45c80347b64336d7f748601102753d2bc669fdecfd710",
    },
    "win32-arm64": {
      folder: "win32-arm64",
      sha256: "d0ef6fe1551cd08fb0fee2a8281d38008434697e5d9a6f3bfdcbb9ab00755672",
    },
    "win32-x64": {
      folder: "win32-x64",
      sha256: "75fff5db8a7541ad7a2d22c468e6f8bc3614b87c3b649c8ce712f7f5148ef338",
    },
  },
};
