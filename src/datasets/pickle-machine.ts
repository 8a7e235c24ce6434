import { ByteReader, FormatFault, latin1 } from "./byte-reader.js";
import { PickleConstructor, PickleObject, type PickleValue } from "./pickle-values.js";

const MAX_NAME_LENGTH = 256;

/** A name that no one allowed; the message is the name. */
export class RefusedName extends Error {
  override readonly name = "RefusedName";
}

/**
 * The stack machine that a pickle is a program for. Every method throws a FormatFault where the program is faulty,
 * and none does more than move values, or call one of `constructors`.
 */
export class PickleMachine {
  readonly reader: ByteReader;
  readonly #constructors: ReadonlyMap<string, PickleConstructor>;
  readonly #stack: PickleValue[] = [];
  /** Stack heights at the open marks. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  /** Characters that calls may still be given, so that one long string cannot be converted over and over. */
  #charactersLeft: number;

  constructor(bytes: Uint8Array, constructors: readonly PickleConstructor[]) {
    this.reader = new ByteReader(bytes);
    this.#constructors = new Map(constructors.map((allowed) => [allowed.name, allowed]));
    this.#charactersLeft = bytes.length;
  }

  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  #top(): PickleValue {
    const value = this.#stack.at(-1);
    if (value === undefined || this.#stack.length <= (this.#marks.at(-1) ?? 0)) {
      throw new FormatFault("a value is missing");
    }
    return value;
  }

  pop(): PickleValue {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  popToMark(): PickleValue[] {
    const height = this.#marks.pop();
    if (height === undefined) throw new FormatFault("a mark is missing");
    return this.#stack.splice(height);
  }

  popTuple(length: number): PickleValue[] {
    return Array.from({ length }, () => this.pop()).reverse();
  }

  extendList(items: readonly PickleValue[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw new FormatFault("items are added to what is no list");
    for (const item of items) list.push(item);
  }

  /** @param items key, value, key, value, … */
  extendDictionary(items: readonly PickleValue[]): void {
    const dictionary = this.#top();
    if (!(dictionary instanceof Map)) throw new FormatFault("entries are added to what is no dictionary");
    if (items.length % 2 !== 0) throw new FormatFault("a key has no value");
    for (let i = 0; i < items.length; i += 2) {
      const key = items[i];
      dictionary.set(key instanceof Uint8Array ? textOf(key) : key, items[i + 1]);
    }
  }

  /** Remembers the top value; without a slot, in the next one. */
  store(slot = this.#memo.size): void {
    this.#memo.set(slot, this.#top());
  }

  recall(slot: number): void {
    const value = this.#memo.get(slot);
    if (value === undefined) throw new FormatFault(`nothing was remembered as ${slot}`);
    this.push(value);
  }

  /** @throws RefusedName when no constructor has that name */
  pushNamed(module: PickleValue, name: PickleValue): void {
    const fullName = `${textOf(module)}.${textOf(name)}`;
    const allowed = this.#constructors.get(fullName);
    if (allowed === undefined) throw new RefusedName(fullName);
    this.push(allowed);
  }

  call(): void {
    const args = this.pop();
    const callee = this.pop();
    if (!(callee instanceof PickleConstructor) || !Array.isArray(args)) {
      throw new FormatFault("a call of what cannot be called");
    }
    for (const arg of args) if (typeof arg === "string") this.#charactersLeft -= arg.length;
    if (this.#charactersLeft < 0) throw new FormatFault("strings are used over and over");
    this.push(callee.construct(args));
  }

  build(): void {
    const state = this.pop();
    const target = this.#top();
    if (!(target instanceof PickleObject)) throw new FormatFault("a state is given to what takes none");
    target.setState(state);
  }
}

function textOf(value: PickleValue): string {
  if (typeof value === "string" && value.length <= MAX_NAME_LENGTH) return value;
  if (value instanceof Uint8Array && value.length <= MAX_NAME_LENGTH) return latin1(value);
  throw new FormatFault("a name is missing or too long");
}
