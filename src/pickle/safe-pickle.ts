import { FormatFault, UserError } from "../errors.js";
import { ByteReader } from "./byte-reader.js";
import { PickleMachine, type PickleWorld, RefusedName } from "./pickle-machine.js";
import { opcodes, STOP } from "./pickle-opcodes.js";
import type { PickleConstructor, PickleValue } from "./pickle-values.js";

interface PickleOptions {
  /** How messages name the file. */
  readonly source: string;
  /** All that may be called. Any other name is refused where it is met. */
  readonly constructors: readonly PickleConstructor[];
}

/** One opcode makes few values, so that this bounds memory and time. A file of CIFAR-10 has about 50,000. */
const MAX_OPCODES = 1_000_000;

/**
 * Reads one pickle (protocols 2 to 5) without executing anything: names are looked up in `constructors` and nowhere
 * else, lengths are checked against what is there, and results are plain values.
 * @throws UserError when the file is damaged, has an opcode that data files do not use, or asks for another name
 */
export function readPickle(bytes: Uint8Array, { source, constructors }: PickleOptions): PickleValue {
  const reader = new ByteReader(bytes);
  try {
    return readNextPickle(reader, { constructors });
  } catch (error) {
    if (error instanceof RefusedName) throw refusal(source, error, "Fetch it again from its official place.");
    if (!(error instanceof FormatFault)) throw error;
    throw new UserError(
      `Cannot read ${source}: ${error.message} (at byte ${reader.position}).`,
      "The file is damaged or is no pickle of data: fetch it again from its official place.",
      { cause: error },
    );
  }
}

/**
 * What is said of a file that asks for a name that is not allowed.
 * @param advice for one that need not be hostile
 */
export function refusal(source: string, cause: RefusedName, advice: string): UserError {
  return cause.isHarmful
    ? new UserError(
        `Refused ${source}: it asks for "${cause.message}", which no data have a use for.`,
        "It looks hostile. Nothing of it was run here: do not open it with Python.",
        { cause },
      )
    : new UserError(
        `Refused ${source}: it asks for "${cause.message}", which is none of the names that are followed.`,
        advice,
        { cause },
      );
}

/**
 * Reads the pickle that starts where `reader` stands, and leaves it after the pickle's end.
 * @throws FormatFault for what is faulty, RefusedName for a name that `world` does not have
 */
export function readNextPickle(reader: ByteReader, world: PickleWorld): PickleValue {
  const machine = new PickleMachine(reader, world);
  for (let count = 0; count < MAX_OPCODES; count++) {
    const opcode = reader.uint8();
    if (opcode === STOP) return machine.pop();
    const step = opcodes.get(opcode);
    if (step === undefined) {
      throw new FormatFault(`unknown or unsupported opcode 0x${opcode.toString(16).padStart(2, "0")}`);
    }
    step(machine);
  }
  throw new FormatFault(`more than ${MAX_OPCODES} steps`);
}
