import { err, ok, type Result } from '../../../model/result.ts';
import type { DocumentFault } from '../../../read/kubelet/documents/tree.ts';
import { latin1 } from './encodings.ts';

/** One part of a MIME message, in the order of the text. */
export interface MimePart {
  /** Its media type in lower case; empty where it has none. */
  readonly type: string;
  readonly body: Uint8Array;
  /** Where the body begins in the message. */
  readonly at: number;
  /** Its headers by name in lower case. */
  readonly headers: ReadonlyMap<string, string>;
}

/** The only parts that nodeadm reads. */
export const nodeConfigType = 'application/node.eks.aws';

const mostParts = 1000;
/** No line before the first boundary can be longer than the buffer of Go's reader. */
const longestPreamble = 4095;

const notRead = (because: string) => err<DocumentFault>({ kind: 'not-read', because });
const odd = (because: string) => notRead(`a MIME message of an unusual form: ${because}`);

/**
 * User data as Go's net/mail and mime/multipart read it. Only the form that tools write is read: no header line goes on, and no part has an odd encoding.
 * `undefined` for a text that is no MIME message.
 */
export function readMessage(bytes: Uint8Array): Result<readonly MimePart[] | undefined, DocumentFault> {
  const text = latin1(bytes);
  const lines = /^(?:(?!\r?\n)[^\n]*\n)*/.exec(text)?.[0].split('\n').slice(0, -1) ?? [];
  // Go takes a text with any other line before the first blank one for no message.
  const isHeader = lines.every((line, index) => (index > 0 && /^[ \t]/.test(line)) || line.includes(':'));
  if (!isHeader || !lines.some((line) => /^content-type/i.test(line))) return ok(undefined);

  const header = headerAt(text, 0);
  const type = header?.values.get('content-type');
  if (header === undefined || type === undefined) return odd('its header');
  if (!/^multipart\//i.test(type)) return mediaType(type) === undefined ? odd('its Content-Type') : ok(undefined);
  // In a digest, Python takes a part without a type for a message; it reads quotes, angles and blanks of a boundary in its own way.
  const form = /^multipart\/(?!digest)[a-z]+;[ \t]*boundary=(?:"([^"\\<>]*[^"\\<>\s])"|([\w'+.-]+))$/i;
  const [, quoted, word] = form.exec(type) ?? [];
  const boundary = quoted ?? word;
  return boundary === undefined ? odd('its boundary') : partsBetween(text, header.end, `--${boundary}`);
}

function partsBetween(text: string, from: number, boundary: string): Result<readonly MimePart[], DocumentFault> {
  const parts: MimePart[] = [];
  let newline = '';
  let open: Omit<MimePart, 'body'> | undefined;
  for (let start = text.indexOf(boundary, from); start !== -1; start = text.indexOf(boundary, start + 1)) {
    if (start > from && text[start - 1] !== '\n') continue;
    const [line, final, ending] = /^(--)?[ \t]*(\r?\n|$)/.exec(text.slice(start + boundary.length, start + 2000)) ?? [];
    if (line === undefined || (final === undefined && ending === '')) return odd('a line that begins like a boundary');

    if (open === undefined) {
      const isOdd = final !== undefined || start - from > longestPreamble;
      // To Python, a carriage return ends a line, and a boundary may follow it.
      if (isOdd || /\r(?!\n)/.test(text.slice(from, start))) return odd('its first boundary');
      newline = ending ?? '';
    } else {
      const isEmpty = open.at === start;
      if (!isEmpty && !text.startsWith(newline, start - newline.length)) return odd('line ends of two kinds');
      const end = isEmpty ? start : start - newline.length;
      parts.push({ ...open, body: new Uint8Array(Buffer.from(text.slice(open.at, end), 'latin1')) });
      if (final !== undefined) return ok(parts);
      if (ending !== newline) return odd('line ends of two kinds');
      if (parts.length === mostParts) return notRead(`more than ${mostParts} parts`);
    }
    const begin = start + boundary.length + line.length;
    if (begin === text.length) return ok(parts);
    const header = headerAt(text, begin);
    const type = mediaType(header?.values.get('content-type') ?? '');
    if (header === undefined && /^(?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)*[^\s:][^\n:]*\n/.test(text.slice(begin)))
      return err({ kind: 'refused', because: 'a part with a header line without a colon' });
    if (header === undefined || type === undefined) return odd('the header of a part');
    if (!/^(?:|7bit|8bit|binary|base64)$/i.test(header.values.get('content-transfer-encoding') ?? ''))
      return odd('the encoding of a part');
    open = { type, at: header.end, headers: header.values };
    start = header.end - 1;
  }
  return err({ kind: 'refused', because: 'no boundary ends the last part' });
}

/** Header lines up to a blank one; `undefined` where one goes on, is there twice, or has an odd name. */
function headerAt(
  text: string,
  at: number,
): { readonly values: ReadonlyMap<string, string>; readonly end: number } | undefined {
  const values = new Map<string, string>();
  const form = /([\w-]+):([^\r\n]*)\r?\n|\r?\n/y;
  form.lastIndex = at;
  for (let found = form.exec(text); found; found = form.exec(text)) {
    const [, name, value = ''] = found;
    if (name === undefined) return { values, end: form.lastIndex };
    if (values.has(name.toLowerCase()) || !/^[\t -~]*$/.test(value)) return undefined;
    values.set(name.toLowerCase(), value.trim());
  }
  return undefined;
}

/** A `Content-Type` without its parameters, in lower case, such as `text/x-shellscript`; `undefined` where its form is unusual. */
export function mediaType(header: string): string | undefined {
  const form = /^([\w.+-]+\/[\w.+-]+)(?:;[ \t]*[\w-]+=(?:"[^"\\]+"|[\w-]+))?;?$/;
  return header === '' ? '' : form.exec(header.toLowerCase())?.[1];
}
