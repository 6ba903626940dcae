/**
 * Reads big-endian numbers and length-prefixed vectors from untrusted bytes, and never throws. After the first read beyond the end, everything is
 * zero or empty, and `whole` stays false.
 */
export class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;
  #overrun = false;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Whether every read so far was within the bytes. */
  get whole(): boolean {
    return !this.#overrun;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** Whether every byte was read, and none beyond. */
  get atEnd(): boolean {
    return this.whole && this.left === 0;
  }

  get position(): number {
    return this.#at;
  }

  number(width: 1 | 2 | 3): number {
    return this.take(width).reduce((value, byte) => value * 256 + byte, 0);
  }

  take(length: number): Uint8Array {
    if (this.#overrun || length > this.left) {
      this.#overrun = true;
      return new Uint8Array();
    }
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** A length of this many bytes, then as many bytes as it says. */
  vector(width: 1 | 2 | 3): Uint8Array {
    return this.take(this.number(width));
  }
}
