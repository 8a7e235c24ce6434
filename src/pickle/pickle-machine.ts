import { FormatFault } from "../errors.js";
import type { ByteReader } from "./byte-reader.js";
import { isHarmful } from "./harmful-names.js";
import {
  OrderedDictionary,
  PickleConstructor,
  PickleObject,
  type PickleValue,
  Placeholder,
  textOf,
  UnknownName,
} from "./pickle-values.js";
import { printable } from "./printable.js";

/** What a pickle may ask for beyond plain values. */
export interface PickleWorld {
  /** All that may be called. */
  readonly constructors: readonly PickleConstructor[];
  /**
   * Whether other names may be held, and objects of their classes become placeholders; unset: they are refused where they are
   * met. A harmful name always is.
   */
  readonly hasUnknownNames?: boolean;
  /** What an id of something kept outside the pickle stands for; without it such ids are refused. */
  readonly resolve?: (id: PickleValue) => PickleValue;
}

/** How often calls may be given all that the pickle holds. Bytes in protocol 2 are a string first. */
const maxUses = 4;

/** A name that is not allowed; the message is the name. */
export class RefusedName extends Error {
  override readonly name = "RefusedName";
  /** Whether no file of data has any use for it. */
  readonly isHarmful: boolean;

  constructor(name: string) {
    super(printable(name));
    this.isHarmful = isHarmful(name);
  }
}

/**
 * The stack machine that a pickle is a program for. Every method throws a FormatFault where the program is faulty,
 * and none does more than move values, or call one of `constructors`.
 */
export class PickleMachine {
  readonly reader: ByteReader;
  readonly #constructors: ReadonlyMap<string, PickleConstructor>;
  readonly #resolve: PickleWorld["resolve"];
  readonly #hasUnknownNames: boolean;
  readonly #stack: PickleValue[] = [];
  /** Stack heights at the open marks. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  /** Characters, bytes and items that calls may still be given, so that no long value is converted over and over. */
  #workLeft: number;

  /** @param reader stands at the first byte of the program */
  constructor(reader: ByteReader, { constructors, resolve, hasUnknownNames = false }: PickleWorld) {
    this.reader = reader;
    this.#constructors = new Map(constructors.map((allowed) => [allowed.name, allowed]));
    this.#resolve = resolve;
    this.#hasUnknownNames = hasUnknownNames;
    this.#workLeft = maxUses * reader.left;
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
    if (list instanceof Placeholder) return;
    if (!Array.isArray(list)) throw new FormatFault("items are added to what is no list");
    for (const item of items) list.push(item);
  }

  /** @param items key, value, key, value, … */
  extendDictionary(items: readonly PickleValue[]): void {
    const dictionary = this.#top();
    if (dictionary instanceof Placeholder) return;
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

  /** @throws RefusedName when the name may not even be held */
  pushNamed(module: PickleValue, name: PickleValue): void {
    const fullName = `${textOf(module)}.${textOf(name)}`;
    const allowed = this.#constructors.get(fullName);
    if (allowed === undefined && (!this.#hasUnknownNames || isHarmful(fullName))) {
      throw new RefusedName(fullName);
    }
    this.push(allowed ?? new UnknownName(fullName));
  }

  /** Calls what is below the arguments. @throws RefusedName when it is an unknown name */
  call(): void {
    const args = this.pop();
    const callee = this.pop();
    if (callee instanceof UnknownName) throw new RefusedName(callee.name);
    this.#construct(callee, args);
  }

  /** Makes an object of the class below the arguments. */
  makeObject(): void {
    const args = this.pop();
    const type = this.pop();
    if (type instanceof UnknownName) this.push(new Placeholder(type.name));
    else this.#construct(type, args);
  }

  #construct(callee: PickleValue, args: PickleValue): void {
    if (!(callee instanceof PickleConstructor) || !Array.isArray(args)) {
      throw new FormatFault("a call of what cannot be called");
    }
    for (const arg of args) {
      if (typeof arg === "string" || arg instanceof Uint8Array || Array.isArray(arg)) {
        this.#workLeft -= arg.length;
      }
    }
    if (this.#workLeft < 0) throw new FormatFault("long values are used over and over");
    this.push(callee.construct(args));
  }

  /** Replaces the id on top by what it stands for. */
  resolve(): void {
    if (this.#resolve === undefined) throw new FormatFault("a reference to something outside the file");
    this.push(this.#resolve(this.pop()));
  }

  build(): void {
    const state = this.pop();
    const target = this.#top();
    if (target instanceof OrderedDictionary) return;
    if (!(target instanceof PickleObject)) throw new FormatFault("a state is given to what takes none");
    target.setState(state);
  }
}
