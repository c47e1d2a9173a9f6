/**
 * The outputs of a thread that runs libzstd: slots of shared memory. They are filled one after the other, handed out
 * when they are full, and used again when they are released.
 */

import { WakeUp } from '../io/wake-up.ts';

const NOTHING = new Uint8Array();

/** Hands out an output whose first `bytes` were filled. */
export type HandOut = (slot: number, bytes: number) => void;

/** The outputs of one task after the other. */
export class ZstdOutputs {
  readonly #slots: readonly Uint8Array[];
  readonly #handOut: HandOut;
  readonly #released = new WakeUp();
  #free: number[] = [];
  /** The output that is being filled, and how far. */
  #current: number | undefined;
  #filled = 0;

  constructor(slots: readonly Uint8Array[], handOut: HandOut) {
    this.#slots = slots;
    this.#handOut = handOut;
  }

  /** A task begins: all outputs are free. */
  begin(): void {
    this.#free = this.#slots.map((_, index) => index);
    this.#current = undefined;
    this.#filled = 0;
  }

  /** An output may be used again. */
  release(slot: number): void {
    this.#free.push(slot);
    this.#released.wake();
  }

  /** Where to write next; waits until an output is free. */
  async room(): Promise<Uint8Array> {
    while (this.#current === undefined) {
      this.#current = this.#free.shift();
      if (this.#current === undefined) await this.#released.wait();
    }
    return this.#slots[this.#current]?.subarray(this.#filled) ?? NOTHING;
  }

  /** Bytes were written there. */
  wrote(bytes: number): void {
    this.#filled += bytes;
    if (this.#current !== undefined && this.#filled === this.#slots[this.#current]?.length) this.flush();
  }

  /** Hands out what was written. */
  flush(): void {
    if (this.#current !== undefined) this.#handOut(this.#current, this.#filled);
    this.#current = undefined;
    this.#filled = 0;
  }
}
