import { FormatFault } from "../errors.js";

/** Reads little-endian values one after the other; asking for more than there is throws a FormatFault. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Offset of the next byte. */
  get position(): number {
    return this.#position;
  }

  /** How many bytes are left. */
  get left(): number {
    return this.#bytes.length - this.#position;
  }

  #advance(count: number): number {
    const start = this.#position;
    if (count > this.left) {
      throw new FormatFault(`${count} bytes expected, ${this.left} left`);
    }
    this.#position += count;
    return start;
  }

  uint8 = () => this.#view.getUint8(this.#advance(1));
  uint16 = () => this.#view.getUint16(this.#advance(2), true);
  int32 = () => this.#view.getInt32(this.#advance(4), true);
  uint32 = () => this.#view.getUint32(this.#advance(4), true);
  /** As a float64: exact up to 2^53, which no length in a file exceeds. */
  uint64 = () => Number(this.#view.getBigUint64(this.#advance(8), true));
  float64BigEndian = () => this.#view.getFloat64(this.#advance(8), false);

  /** The next `length` bytes, not copied. */
  bytes(length: number): Uint8Array {
    const start = this.#advance(length);
    return this.#bytes.subarray(start, start + length);
  }

  /** The text up to the next line feed, which is skipped. */
  line(maxLength: number): string {
    const end = this.#bytes.subarray(this.#position, this.#position + maxLength + 1).indexOf(0x0a);
    if (end < 0) throw new FormatFault("a line does not end");
    const text = latin1(this.bytes(end));
    this.#advance(1);
    return text;
  }
}

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** One character a byte. */
export const latin1 = (bytes: Uint8Array): string => asBuffer(bytes).toString("latin1");

/** What is not UTF-8 becomes U+FFFD. */
export const utf8 = (bytes: Uint8Array): string => asBuffer(bytes).toString("utf8");
