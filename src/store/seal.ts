import { createHash } from "node:crypto";

/** The metadata entry of our safetensors files that holds their seal. */
export const sealName = "poisonspot_sha256";
/** Stands in its place while the seal is computed. */
export const blankSeal = "0".repeat(64);

const sealed = (seal: string): string => `"${sealName}":"${seal}"`;

/**
 * SHA-256 (hex) over a file's header, its seal blank, and its data: any bit that flips is noticed, unless it is one of the
 * entry's own name (the file is then like one from elsewhere) or of the length before the header, which is checked anyway.
 * @param header changed in place: the blank seal in it becomes the seal
 */
export function sealHeader(header: Buffer, data: Iterable<Uint8Array>): void {
  const hash = createHash("sha256").update(header);
  for (const part of data) hash.update(part);
  header.write(sealed(hash.digest("hex")), header.indexOf(sealed(blankSeal)));
}

/** Told a sealed file's data piece by piece, in their order, it says whether they are what was sealed. */
export interface SealCheck {
  add(data: Uint8Array): void;
  /** @throws Error when header or data were changed */
  finish(): void;
}

/** @param seal the entry of the header; undefined: a file from elsewhere, which passes */
export function checkSeal(header: Buffer, seal: string | undefined): SealCheck {
  if (seal === undefined) return { add() {}, finish() {} };
  const blank = Buffer.from(header);
  const position = header.indexOf(sealed(seal));
  if (position >= 0 && seal.length === blankSeal.length) blank.write(sealed(blankSeal), position);
  const hash = createHash("sha256").update(blank);
  return {
    add: (data) => void hash.update(data),
    finish() {
      if (hash.digest("hex") === seal) return;
      throw new Error(`it is damaged: its SHA-256 is not the one it was saved with (${sealName})`);
    },
  };
}
