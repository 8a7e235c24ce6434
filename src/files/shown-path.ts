/**
 * A path as a line to the user may hold it: what is no letter, mark, number, sign or blank (line ends, control characters that a
 * terminal obeys, marks that turn the writing round) stands there as `\u{…}`.
 */
export const shownPath = (path: string): string =>
  path.replace(/[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (sign) => `\\u{${sign.codePointAt(0)?.toString(16)}}`);
