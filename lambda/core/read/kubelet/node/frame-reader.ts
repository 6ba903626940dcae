import { absolutePath } from '../absolute-path.ts';

/** Matches no line. */
const nothing = /(?!)/;

/** Something that the probe does not write; its message is one sentence without the node's words. */
export class Malformed extends Error {}

export interface Frame {
  readonly word: string;
  readonly path: string;
  readonly content: Uint8Array;
}

/** Walks through the body line by line, and frame by frame. */
export class FrameReader {
  readonly #body: Uint8Array;
  #at = 0;

  constructor(body: Uint8Array) {
    this.#body = body;
  }

  /** Whether the next line begins so. */
  next(words: string): boolean {
    return [...words].every((letter, index) => this.#body[this.#at + index] === letter.charCodeAt(0));
  }

  /** The groups of the next line. */
  line(form: RegExp): readonly (string | undefined)[] {
    const end = this.#body.indexOf(0x0a, this.#at);
    const text = end < 0 || end - this.#at > 200 ? undefined : utf8(this.#body.subarray(this.#at, end));
    const match = text === undefined ? null : form.exec(text);
    if (!match) throw new Malformed(`a line at byte ${this.#at} that the probe does not write`);

    this.#at = end + 1;
    return match.slice(1);
  }

  /** `NAME WORD PATH-LENGTH CONTENT-LENGTH`, then the path and the content, each with a line break after it. */
  frame(name: string): Frame {
    const [word = '', pathLength, contentLength] = this.line(
      this.next(`${name} `) ? /^[a-z-]+ ([a-z-]{1,40}) (0|[1-9]\d{0,3}) (0|[1-9]\d{0,6})$/ : nothing,
    );
    const written = utf8(this.#bytes(Number(pathLength)));
    const path = written && (absolutePath(written, undefined) ?? written);
    const content = this.#bytes(Number(contentLength));
    if (path === undefined || /[\0\n]/.test(path)) throw new Malformed('a path that is not UTF-8, or has a line break');
    const hasContent = word === 'read' || (name === 'client-ca' && word === 'not-root');
    if (!hasContent && content.length > 0) throw new Malformed('content of something that was not read');
    return { word, path, content };
  }

  end(): void {
    if (this.#at !== this.#body.length) throw new Malformed('more after its end');
  }

  #bytes(length: number): Uint8Array {
    const bytes = this.#body.subarray(this.#at, this.#at + length);
    if (this.#body[this.#at + length] !== 0x0a) throw new Malformed('a frame that is cut');

    this.#at += length + 1;
    return bytes;
  }
}

export function utf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}
