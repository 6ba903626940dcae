import { goTrimmed } from '../../../read/kubelet/documents/go-trimmed.ts';
/** A `Content-Type` as Go reads it. */
export interface MediaType {
  /** In lower case, `text/x-shellscript`. */
  readonly type: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const special = '()<>@,;:\\"/[]?=';
const leadingBlanks = /^[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/;

const isTokenChar = (char: string): boolean => char > ' ' && char < '\u007f' && !special.includes(char);

/**
 * `undefined` where Go's `mime.ParseMediaType` returns an error. A value with a `/` needs quotes: `boundary=//` is no parameter.
 * Source: Go `mime/mediatype.go`, `mime/grammar.go`.
 */
export function parseMediaType(header: string): MediaType | undefined {
  const semicolon = header.indexOf(';');
  const base = semicolon === -1 ? header : header.slice(0, semicolon);
  const type = goTrimmed(base.toLowerCase());
  if (!isMediaType(type)) return undefined;

  const parameters = parametersOf(header.slice(base.length));
  return parameters === undefined ? undefined : { type, parameters };
}

function isMediaType(type: string): boolean {
  const [major = '', ...minor] = type.split('/');
  const isToken = (text: string): boolean => text !== '' && [...text].every(isTokenChar);
  return isToken(major) && (minor.length === 0 || (minor.length === 1 && isToken(minor[0] ?? '')));
}

function parametersOf(text: string): ReadonlyMap<string, string> | undefined {
  const parameters = new Map<string, string>();
  for (let rest = text.replace(leadingBlanks, ''); rest !== ''; rest = rest.replace(leadingBlanks, '')) {
    const parameter = parameterAt(rest);
    if (parameter === undefined) return goTrimmed(rest) === ';' ? parameters : undefined;

    const { name, value } = parameter;
    if (parameters.has(name) && parameters.get(name) !== value) return undefined;
    parameters.set(name, value);
    rest = parameter.rest;
  }
  return parameters;
}

function parameterAt(
  text: string,
): { readonly name: string; readonly value: string; readonly rest: string } | undefined {
  if (!text.startsWith(';')) return undefined;
  const name = tokenAt(text.slice(1).replace(leadingBlanks, ''));
  const behind = text.slice(1).replace(leadingBlanks, '').slice(name.length).replace(leadingBlanks, '');
  if (name === '' || !behind.startsWith('=')) return undefined;

  const value = valueAt(behind.slice(1).replace(leadingBlanks, ''));
  return value === undefined ? undefined : { name: name.toLowerCase(), ...value };
}

function tokenAt(text: string): string {
  let end = 0;
  while (end < text.length && isTokenChar(text[end] ?? '')) end += 1;
  return text.slice(0, end);
}

function valueAt(text: string): { readonly value: string; readonly rest: string } | undefined {
  if (!text.startsWith('"')) {
    const value = tokenAt(text);
    return value === '' ? undefined : { value, rest: text.slice(value.length) };
  }

  let value = '';
  for (let at = 1; at < text.length; at += 1) {
    const char = text[at] ?? '';
    const next = text[at + 1];
    if (char === '"') return { value, rest: text.slice(at + 1) };
    if (char === '\r' || char === '\n') return undefined;
    // A backslash before a letter is one of Windows, not an escape.
    if (char === '\\' && next !== undefined && special.includes(next)) {
      value += next;
      at += 1;
    } else value += char;
  }
  return undefined;
}

/** Whether a parameter is written in pieces or in another alphabet, so that its value isn't the one written there. */
export const isInPieces = ({ parameters }: MediaType, name: string): boolean =>
  [...parameters.keys()].some((each) => each.startsWith(`${name}*`));
