interface Summed {
  /** Path, with "/". */
  readonly file: string;
  /** Of its bytes, hex. */
  readonly sha256: string;
}

/** Lines for `sha256sum -c`, by path as bytes are ordered, so that the same files have the same sums in every order. */
export function sha256Sums(files: readonly Summed[]): string {
  const lines = files.map(({ file, sha256 }) => ({ key: Buffer.from(file), line: sumLine(file, sha256) }));
  lines.sort((a, b) => a.key.compare(b.key));
  return lines.map(({ line }) => `${line}\n`).join("");
}

const escapes: Readonly<Record<string, string>> = { "\\": "\\\\", "\n": "\\n", "\r": "\\r" };

/** As coreutils do: a backslash in front says that some in the name stand for something. */
function sumLine(file: string, sha256: string): string {
  const escaped = file.replace(/[\\\n\r]/g, (character) => escapes[character]);
  return `${escaped === file ? "" : "\\"}${sha256}  ${escaped}`;
}
