const [quote, backslash, openBrace, closeBrace, openBracket, closeBracket] = [0x22, 0x5c, 0x7b, 0x7d, 0x5b, 0x5d];

/** What may stand between two items, and what ends them. */
const between = new Set([openBrace, closeBracket, ...Buffer.from(', \n\r\t')]);

/** etcd stores no object of more than 1.5 MB, of which a byte may take six in JSON (`\u003c`). The text around the items is some hundred bytes. */
const longestItem = 10 * 1024 * 1024;
const longestFrame = 64 * 1024;

/**
 * Splits a Kubernetes list as its bytes arrive. Each element of the top-level `items` is passed on alone, so a page of 9 MB is never held as one text
 * and one tree. The text around the items is kept as `frame`, with an empty `items`. Only braces, brackets and strings are read here; the parser of
 * the parts decides whether they are JSON.
 */
export class ListItems {
  readonly #onItem: (text: string) => void;
  #frame = '';
  #depth = 0;
  #inString = false;
  #escaped = false;
  #inItems = false;
  /** The last string at the top level: the key, when a `[` follows. */
  #key = '';
  #pieces: Buffer[] = [];
  #length = 0;

  constructor(onItem: (text: string) => void) {
    this.#onItem = onItem;
  }

  /** @throws RangeError when an item is no object, or an item or the frame is longer than any real one */
  push(chunk: Buffer): void {
    let start = 0;

    for (let at = 0; at < chunk.length; at += 1) {
      if (this.#inString) {
        at = this.#endOfString(chunk, at);
        continue;
      }

      const byte = chunk[at];
      if (this.#inItems && this.#depth === 2 && !between.has(byte ?? 0))
        throw new RangeError('an item of the list is no object');
      if (byte === quote) {
        this.#inString = true;
        if (this.#depth === 1) this.#key = '';
      } else if (byte === openBrace || byte === openBracket) {
        if (this.#inItems && this.#depth === 2) start = at;
        this.#depth += 1;
        if (byte === openBracket && this.#depth === 2 && this.#key === 'items') {
          this.#addToFrame(chunk, start, at + 1);
          start = at + 1;
          this.#inItems = true;
        }
      } else if (byte === closeBrace || byte === closeBracket) {
        this.#depth -= 1;
        if (this.#inItems && this.#depth === 2) {
          this.#keep(chunk.subarray(start, at + 1));
          this.#emit();
          start = at + 1;
        } else if (this.#inItems && this.#depth === 1) {
          start = at;
          this.#inItems = false;
        }
      }
    }

    if (!this.#inItems) this.#addToFrame(chunk, start, chunk.length);
    else if (this.#depth > 2) this.#keep(Buffer.from(chunk.subarray(start)));
  }

  /** The text around the items; it is JSON when the whole list was. */
  get frame(): string {
    return this.#frame;
  }

  #endOfString(chunk: Buffer, from: number): number {
    for (let at = from; at < chunk.length; at += 1) {
      const byte = chunk[at];
      if (this.#escaped) this.#escaped = false;
      else if (byte === backslash) this.#escaped = true;
      else if (byte === quote) {
        this.#inString = false;
        return at;
      } else if (this.#depth === 1 && this.#key.length < 16) this.#key += String.fromCharCode(byte ?? 0);
    }
    return chunk.length;
  }

  #keep(piece: Buffer): void {
    this.#length += piece.length;
    if (this.#length > longestItem) throw new RangeError('one object of the list is larger than 10 MB');
    this.#pieces.push(piece);
  }

  #emit(): void {
    this.#onItem(Buffer.concat(this.#pieces).toString('utf8'));
    this.#pieces = [];
    this.#length = 0;
  }

  #addToFrame(chunk: Buffer, from: number, to: number): void {
    this.#frame += chunk.toString('latin1', from, to);
    if (this.#frame.length > longestFrame) throw new RangeError('the list is larger than its items');
  }
}
