import { err, ok, type Result } from '../../../model/result.ts';
import { trimmedEnd } from '../../../model/text/trimmed-end.ts';
import type { DocumentFault } from '../../../read/kubelet/documents/tree.ts';
import { decodedQuotedPrintable, latin1 } from './encodings.ts';
import { isInPieces, parseMediaType } from './media-type.ts';

/** One part of a MIME message, in the order of the text. */
export interface MimePart {
  /** As it is written, the first of several; absent where the part has none. */
  readonly contentType?: string;
  /** Its body, quoted-printable undone. */
  readonly body: Uint8Array;
  /** Where the body begins in the message; absent where it was encoded. */
  readonly at?: number;
}

export type Message =
  /** No header block, or another type: the bytes are what they are. */
  | { readonly kind: 'single' }
  /** `fault`: why reading ended before the last boundary; the parts before it stand. */
  | { readonly kind: 'multipart'; readonly parts: readonly MimePart[]; readonly fault?: DocumentFault };

/** The only parts that nodeadm reads. */
export const nodeConfigType = 'application/node.eks.aws';

/** A line of this many bytes is longer than the buffer of Go's reader. */
const longestLine = 4096;
const mostParts = 1000;

/**
 * User data as Go's net/mail and mime/multipart read it.
 * Source: Go `net/mail/message.go`, `net/textproto/reader.go`, `mime/multipart/multipart.go`.
 */
export function readMessage(bytes: Uint8Array): Result<Message, DocumentFault> {
  const text = latin1(bytes);
  const header = mailHeader(text);
  const contentType = header?.values.get('content-type');
  const media = contentType === undefined ? undefined : parseMediaType(utf8(contentType));
  if (header === undefined || !media?.type.startsWith('multipart/')) return ok({ kind: 'single' });
  if (isInPieces(media, 'boundary')) return err({ kind: 'not-read', because: 'a boundary that is written in pieces' });

  const boundary = media.parameters.get('boundary') ?? '';
  if (boundary === '') return ok({ kind: 'multipart', parts: [], fault: refused('a multipart without a boundary') });
  return ok({ kind: 'multipart', ...new PartReader(text, header.end, latin1(Buffer.from(boundary))).parts() });
}

const refused = (because: string): DocumentFault => ({ kind: 'refused', because });

const utf8 = (text: string): string => Buffer.from(text, 'latin1').toString('utf8');

interface Header {
  /** First values, by name in lower case. */
  readonly values: ReadonlyMap<string, string>;
  /** Where the text behind the header begins. */
  readonly end: number;
}

interface Line {
  /** Without its end. */
  readonly text: string;
  readonly end: number;
}

/** A line ends in LF or CRLF; `undefined` at the end of the text. */
function lineAt(text: string, at: number): Line | undefined {
  if (at >= text.length) return undefined;
  const newline = text.indexOf('\n', at);
  if (newline === -1) return { text: text.slice(at), end: text.length };
  return { text: text.slice(at, newline).replace(/\r$/, ''), end: newline + 1 };
}

const trimmed = (text: string): string => trimmedEnd(text.replace(/^[ \t]+/, ''), ' \t');

/** A line of a header, with those that continue it: they begin with a blank. */
function continuedLineAt(text: string, at: number): Line | undefined {
  const first = lineAt(text, at);
  if (first === undefined || first.text === '') return first;

  let joined = trimmed(first.text);
  let { end } = first;
  while (text[end] === ' ' || text[end] === '\t') {
    while (text[end] === ' ' || text[end] === '\t') end += 1;
    joined += ' ';
    const next = lineAt(text, end);
    if (next === undefined) break;
    joined += trimmed(next.text);
    end = next.end;
  }
  return { text: joined, end };
}

/** `undefined` where net/mail finds no message; the end of the text ends a header as a blank line does. */
function mailHeader(text: string): Header | undefined {
  if (/^[ \t]/.test(text)) return undefined;

  const values = new Map<string, string>();
  for (let at = 0; ; ) {
    const line = continuedLineAt(text, at);
    if (line === undefined) return values.size === 0 ? undefined : { values, end: text.length };
    if (line.text === '') return { values, end: line.end };

    const colon = line.text.indexOf(':');
    if (colon === -1) return undefined;
    setFirst(values, line.text.slice(0, colon), line.text.slice(colon + 1));
    at = line.end;
  }
}

const isToken = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;

/** A name that is no token keeps its case, and is never one that is asked for. */
function setFirst(values: Map<string, string>, name: string, value: string): void {
  if (name === '') return;
  const key = isToken.test(name) ? name.toLowerCase() : name;
  if (!values.has(key)) values.set(key, value.replace(/^[ \t]+/, ''));
}

class PartReader {
  readonly #text: string;
  readonly #dashBoundary: string;
  #at: number;
  /** What ends lines, as the first boundary shows. */
  #newline = '\r\n';
  #partsRead = 0;

  constructor(text: string, at: number, boundary: string) {
    this.#text = text;
    this.#at = at;
    this.#dashBoundary = `--${boundary}`;
  }

  parts(): { readonly parts: readonly MimePart[]; readonly fault?: DocumentFault } {
    const parts: MimePart[] = [];
    while (parts.length < mostParts) {
      const found = this.#nextPart();
      if (found === 'end') return { parts };
      if (!found.ok) return { parts, fault: found.error };

      const part = this.#body(found.value);
      if (!part.ok) return { parts, fault: part.error };
      parts.push(part.value);
    }
    return { parts, fault: { kind: 'not-read', because: `more than ${mostParts} parts` } };
  }

  /** The header of the next part. */
  #nextPart(): 'end' | Result<Header, DocumentFault> {
    let expectsPart = false;
    for (;;) {
      const newline = this.#text.indexOf('\n', this.#at);
      const end = newline === -1 ? this.#text.length : newline + 1;
      const line = this.#text.slice(this.#at, end);
      if (line.length > longestLine || (newline === -1 && line.length === longestLine))
        return err(refused('a line that is too long'));
      if (newline === -1 && !this.#isFinal(line)) return err(refused('no boundary ends the last part'));
      this.#at = end;

      if (newline !== -1 && this.#isDelimiter(line)) {
        this.#partsRead += 1;
        return this.#partHeader();
      }
      if (this.#isFinal(line)) return 'end';
      if (expectsPart) return err(refused('a line that begins like a boundary and is none'));
      if (this.#partsRead === 0) continue;
      if (line !== this.#newline) return err(refused('a line between two parts'));
      expectsPart = true;
    }
  }

  #isFinal(line: string): boolean {
    if (!line.startsWith(`${this.#dashBoundary}--`)) return false;
    const rest = line.slice(this.#dashBoundary.length + 2).replace(/^[ \t]+/, '');
    return rest === '' || rest === this.#newline;
  }

  #isDelimiter(line: string): boolean {
    if (!line.startsWith(this.#dashBoundary)) return false;
    const rest = line.slice(this.#dashBoundary.length).replace(/^[ \t]+/, '');
    if (this.#partsRead === 0 && rest === '\n') this.#newline = '\n';
    return rest === this.#newline;
  }

  /** The end of the text inside a part's header is the end of the message to Go, and no error. */
  #partHeader(): 'end' | Result<Header, DocumentFault> {
    if (/^[ \t]$/.test(this.#text[this.#at] ?? '')) return err(refused('a part whose header begins with a blank'));

    const values = new Map<string, string>();
    for (;;) {
      const first = lineAt(this.#text, this.#at);
      if (first === undefined) return 'end';
      if (first.text !== '' && !first.text.includes(':'))
        return err(refused('a part with a header line without a colon'));
      const line = continuedLineAt(this.#text, this.#at) ?? first;
      this.#at = line.end;
      if (line.text === '') return ok({ values, end: line.end });

      const colon = line.text.indexOf(':');
      const name = line.text.slice(0, colon);
      const value = line.text.slice(colon + 1);
      if (name === '' && colon === 0)
        return err({ kind: 'not-read', because: 'a part with a header line without a name' });
      if (
        colon === -1 ||
        !/^[!#$%&'*+\-.^_`|~\dA-Za-z ]+$/.test(name) ||
        /[\u0000-\u0008\u000a-\u001f\u007f]/.test(value)
      )
        return err(refused('a part with a header line that is none'));
      setFirst(values, name, value);
    }
  }

  /** The text before the next boundary; the line end before a boundary is the boundary's. */
  #body({ values }: Header): Result<MimePart, DocumentFault> {
    const start = this.#at;
    const end = this.#endOfBody(start);
    if (end === undefined) return err(refused('no boundary ends the last part'));

    this.#at = end;
    const contentType = values.get('content-type');
    const raw = new Uint8Array(Buffer.from(this.#text.slice(start, end), 'latin1'));
    const named = contentType === undefined ? {} : { contentType: utf8(contentType) };
    if (values.get('content-transfer-encoding')?.toLowerCase() !== 'quoted-printable')
      return ok({ ...named, body: raw, at: start });

    const decoded = decodedQuotedPrintable(raw);
    if (decoded.ok) return ok({ ...named, body: decoded.value });
    // Of a part that nobody asked for, Go forgets the error, and goes on wherever its buffer ends.
    const isAskedFor = contentType !== undefined && parseMediaType(utf8(contentType))?.type === nodeConfigType;
    return isAskedFor ? decoded : err({ ...decoded.error, kind: 'not-read' });
  }

  #endOfBody(start: number): number | undefined {
    const { length } = this.#dashBoundary;
    let at = start;
    if (this.#text.startsWith(this.#dashBoundary, at)) {
      if (this.#endsAt(at + length)) return at;
      at += length;
    }
    const separator = `${this.#newline}${this.#dashBoundary}`;
    for (let found = this.#text.indexOf(separator, at); found !== -1; found = this.#text.indexOf(separator, at)) {
      if (this.#endsAt(found + separator.length)) return found;
      at = found + separator.length;
    }
    return undefined;
  }

  /** Whether the text here lets the text before it be a boundary. */
  #endsAt(at: number): boolean {
    const next = this.#text[at];
    return next === undefined || /[ \t\r\n]/.test(next) || (next === '-' && this.#text[at + 1] === '-');
  }
}
