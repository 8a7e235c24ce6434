type Constructor = new (...args: readonly unknown[]) => object;

/** Everything that takes memory by a number. */
const names = [
  ...["ArrayBuffer", "SharedArrayBuffer", "Int8Array", "Uint8Array", "Uint8ClampedArray", "Int16Array"],
  ...["Uint16Array", "Int32Array", "Uint32Array", "Float32Array", "Float64Array", "BigInt64Array"],
  "BigUint64Array",
] as const;

/** The largest piece of memory that was asked for; the system gives pages only as they are used, so that no other sign is sure. */
export interface AllocationWatch {
  /** Bytes of the largest piece since the last call. */
  takeLargest(): number;
  stop(): void;
}

/** Watches what is asked of the constructors of arrays and of `Buffer`, until `stop`. */
export function watchAllocations(): AllocationWatch {
  let largest = 0;
  const note = (bytes: unknown, width = 1) => {
    if (typeof bytes === "number" && bytes * width > largest) largest = bytes * width;
  };
  const globals = globalThis as unknown as Record<string, Constructor & { BYTES_PER_ELEMENT?: number }>;
  const originals = names.map((name) => [name, globals[name]] as const);
  for (const [name, original] of originals) {
    globals[name] = new Proxy(original, {
      construct(target, args, newTarget) {
        note(args[0], target.BYTES_PER_ELEMENT);
        return Reflect.construct(target, args, newTarget);
      },
    });
    // Some tell a kind of array by its constructor.
    original.prototype.constructor = globals[name];
  }
  const { alloc, allocUnsafe } = Buffer;
  Buffer.alloc = (size: number, ...rest: [fill?: string | number, encoding?: BufferEncoding]) => {
    note(size);
    return alloc(size, ...rest);
  };
  Buffer.allocUnsafe = (size: number) => {
    note(size);
    return allocUnsafe(size);
  };
  return {
    takeLargest() {
      const taken = largest;
      largest = 0;
      return taken;
    },
    stop() {
      for (const [name, original] of originals) {
        globals[name] = original;
        original.prototype.constructor = original;
      }
      Object.assign(Buffer, { alloc, allocUnsafe });
    },
  };
}
