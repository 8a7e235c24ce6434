import { messageOf } from "../../errors.js";
import { outOfMemory, tooLarge } from "./out-of-memory.js";

/** Submissions after which a buffer that none of them used is given back: some ten training steps. */
const idleSubmissions = 32;

/**
 * Buffers of a device, kept for the next tensor of exactly their size. It stands in the place of tfjs's own, which keeps
 * all of them for ever: a training's, while the capture after it needs others.
 */
export class BufferPool {
  numBytesUsed = 0;
  numBytesAllocated = 0;
  readonly #device: GPUDevice;
  /** By size and usage, the longest free first. */
  readonly #free = new Map<string, { readonly buffer: GPUBuffer; readonly since: number }[]>();
  readonly #used = new Set<GPUBuffer>();
  #numFree = 0;
  #submissions = 0;

  constructor(device: GPUDevice) {
    this.#device = device;
  }

  /** @throws RunError when the device cannot have a buffer of that size, or has no memory left for it */
  acquireBuffer(size: number, usage: number, mappedAtCreation = false, reuse = true): GPUBuffer {
    const buffer =
      (reuse ? this.#take(size, usage) : undefined) ?? this.#create(size, usage, mappedAtCreation);
    this.#used.add(buffer);
    this.numBytesUsed += size;
    return buffer;
  }

  releaseBuffer(buffer: GPUBuffer, reuse = true): void {
    if (!this.#used.delete(buffer)) return;
    this.numBytesUsed -= buffer.size;
    if (!reuse) {
      this.#destroy(buffer);
      return;
    }
    const key = keyOf(buffer.size, buffer.usage);
    const ofKey = this.#free.get(key) ?? [];
    this.#free.set(key, ofKey);
    ofKey.push({ buffer, since: this.#submissions });
    this.#numFree++;
  }

  /** To be called when all that was recorded is submitted: what is destroyed may not be in commands still to come. */
  submitted(): void {
    this.#submissions++;
    for (const [key, ofKey] of this.#free) {
      const kept = ofKey.filter(({ since }) => this.#submissions - since <= idleSubmissions);
      if (kept.length === ofKey.length) continue;
      for (const { buffer } of ofKey.slice(0, ofKey.length - kept.length)) this.#destroy(buffer);
      this.#numFree -= ofKey.length - kept.length;
      if (kept.length > 0) this.#free.set(key, kept);
      else this.#free.delete(key);
    }
  }

  getNumUsedBuffers(): number {
    return this.#used.size;
  }

  getNumFreeBuffers(): number {
    return this.#numFree;
  }

  dispose(): void {
    for (const buffer of this.#used) this.#destroy(buffer);
    for (const { buffer } of [...this.#free.values()].flat()) this.#destroy(buffer);
    this.#used.clear();
    this.#free.clear();
    [this.numBytesUsed, this.#numFree] = [0, 0];
  }

  /** The last that was released: those below grow old. */
  #take(size: number, usage: number): GPUBuffer | undefined {
    const found = this.#free.get(keyOf(size, usage))?.pop();
    if (found !== undefined) this.#numFree--;
    return found?.buffer;
  }

  #create(size: number, usage: number, mappedAtCreation: boolean): GPUBuffer {
    const { maxBufferSize, maxStorageBufferBindingSize } = this.#device.limits;
    const most =
      usage & GPUBufferUsage.STORAGE ? Math.min(maxBufferSize, maxStorageBufferBindingSize) : maxBufferSize;
    if (size > most) throw tooLarge(size, most);
    try {
      const buffer = this.#device.createBuffer({ size, usage, mappedAtCreation });
      this.numBytesAllocated += size;
      return buffer;
    } catch (error) {
      // Only of a buffer to be filled at once; a lack for any other is an event of the device.
      throw outOfMemory(this.numBytesAllocated + size, messageOf(error));
    }
  }

  #destroy(buffer: GPUBuffer): void {
    this.numBytesAllocated -= buffer.size;
    buffer.destroy();
  }
}

const keyOf = (size: number, usage: number): string => `${size} ${usage}`;
