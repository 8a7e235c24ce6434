import { UserError } from "../../errors.js";
import { readInside } from "../../files/inside.js";

/** Bytes of the largest list that is read. */
const MAX_BYTES = 20_000_000;

/** The text of a list in the folder. @throws UserError when it is missing, too large, or leads out of the folder */
export const readList = async (root: string, file: string): Promise<string> =>
  (await readInside(root, file, MAX_BYTES)).toString("utf8");

export const incomplete = (what: string): UserError =>
  new UserError(
    `Tiny-ImageNet is incomplete: ${what}.`,
    "Add what is missing, or move the folder elsewhere to have it downloaded.",
  );
