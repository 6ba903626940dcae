import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mediaType, readMessage } from '../../../../../lambda/core/next-node/read/user-data/mime.ts';

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Each part as its type and body; why it is not read, or that it is one document. */
function read(text: string): unknown {
  const message = readMessage(bytesOf(text));
  if (!message.ok) return message.error.kind;
  return message.value?.map(({ type, body }) => `${type}|${textOf(body)}`) ?? 'single';
}

const head = 'Content-Type: multipart/mixed; boundary="B"\n\n';
const encoding = 'Content-Transfer-Encoding';

describe('a MIME message of the usual form, read as Go does', () => {
  it.each<[string, string, unknown]>([
    ['two parts', `${head}--B\nContent-Type: a/b\n\nx\n--B\n\ny\n--B--\n`, ['a/b|x', '|y']],
    ['CRLF', `${head}--B\nContent-Type: a/b\n\nx\n--B--\n`.replaceAll('\n', '\r\n'), ['a/b|x']],
    [
      'the mixed line ends that Terraform writes',
      'Content-Type: multipart/mixed; boundary="B"\nMIME-Version: 1.0\r\n\r\n--B\r\nContent-Type: a/b\r\n\r\nx\ny\r\n--B--\r\n',
      ['a/b|x\ny'],
    ],
    ['a preamble', `${head}x\ny: z\n--B\n\nx\n--B--`, ['|x']],
    ['blanks behind a boundary', `${head}--B \t\n\nx\n--B-- \n`, ['|x']],
    ['text behind the last boundary', `${head}--B\n\nx\n--B--\n--B\n\ny\n--B--\n`, ['|x']],
    ['a last boundary without its dashes', `${head}--B\n\nx\n--B\n`, ['|x']],
    ['a part that is empty', `${head}--B\n\n--B\n\nx\n--B--`, ['|', '|x']],
    ['a header in any case', 'content-TYPE: Multipart/Mixed; Boundary=B\n\n--B\n\nx\n--B--', ['|x']],
    ['other headers before', 'From: x\nX: y\nContent-Type: multipart/x; boundary=B\n\n--B\n\nx\n--B--', ['|x']],
    ['base64, which is not undone here', `${head}--B\n${encoding}: base64\n\neA==\n--B--`, ['|eA==']],
    ['another type', 'Content-Type: text/plain\n\nx', 'single'],
    ['a comment before the header', `# x\n${head}--B\n\nx\n--B--`, 'single'],
    ['a blank line before the header', `\n${head}--B\n\nx\n--B--`, 'single'],
    ['a NodeConfig', 'apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\n', 'single'],
    ['no last boundary', `${head}--B\n\nx\n`, 'refused'],
    ['no boundary at all', `${head}x`, 'refused'],
    ['a part without the blank line behind its header', `${head}--B\nContent-Type: a/b\nx\n\nx\n--B--`, 'refused'],
    ['a thousand parts and one', `${head}${'--B\n\n\n'.repeat(1001)}--B--`, 'not-read'],
  ])('reads %s', (_, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it.each([
    `${head}--B\n\nx\n--B`,
    `${head}--B\n\nx\n--BB\n--B--`,
    `${head}--B\n\nx\n--B y\n--B--`,
    `${head}--B\n\nx\n--B---\n`,
    `${head}--B--\n`,
    `${head}--B\n\nx\n--B\r\n\ny\n--B--\n`,
    `${head}--B\u000b\n\nx\n--B--`,
    `${head}--B\nContent-Type: a/b;\n  c=d\n\nx\n--B--`,
    `${head}--B\nContent-Type : a/b\n\nx\n--B--`,
    `${head}--B\nContent-Type: a/b\nContent-Type: c/d\n\nx\n--B--`,
    `${head}--B\nContent-Type: a/\u00e9\n\nx\n--B--`,
    `${head}--B\n: a\n\nx\n--B--`,
    `${head}--B\n${encoding}: quoted-printable\n\nx\n--B--`,
    `${head.trimEnd()}\nContent-Type: text/plain\n\n--B\n\nx\n--B--`,
    `${head.replace('"B"', '//')}--//\n\nx\n--//--`,
    `${head.trimEnd()}; boundary=a\n\n--a\n\nx\n--a--`,
    'Content-Type: multipart/mixed\n\n--\n\nx\n----',
    'Content-Type: multipart/mixed; boundary*0=a\n\n--a\n\nx\n--a--',
    `${head}${'x'.repeat(5000)}\n--B\n\nx\n--B--`,
  ])('does not read the unusual form %j', (text) => {
    expect(read(text)).toBe('not-read');
  });

  it('finds the parts that were written, each at its place', () => {
    const body = fc.stringMatching(/^[a-z\n :-]{0,40}$/).filter((text) => !text.includes('--B'));
    fc.assert(
      fc.property(fc.array(body, { minLength: 1, maxLength: 5 }), fc.constantFrom('\n', '\r\n'), (bodies, newline) => {
        const written = bodies.map((each) => ['--B', 'Content-Type: a/b', '', each, ''].join(newline));
        const text = [head.replaceAll('\n', newline), ...written, `--B--${newline}`].join('');
        const message = readMessage(bytesOf(text));
        if (!message.ok || message.value === undefined) throw new Error('no multipart');
        expect(message.value.map((part) => textOf(part.body))).toEqual(bodies);
        for (const { body: found, at } of message.value) expect(text.slice(at, at + found.length)).toBe(textOf(found));
      }),
    );
  });

  it('never throws, whatever the bytes', () => {
    const words = ['--B', '--', '\r\n', 'Content-Type', `${encoding}: quoted-printable\n`, ...'\n: =x"'];
    const some = fc.array(fc.constantFrom(...words), { maxLength: 30 });
    fc.assert(fc.property(some, (pieces) => void readMessage(bytesOf(head + pieces.join('')))));
  });
});

it.each<[string, string | undefined]>([
  ['', ''],
  ['Text/Plain; A=b', 'text/plain'],
  ['text/x-shellscript; charset="us-ascii"', 'text/x-shellscript'],
  ['text/plain;', 'text/plain'],
  ['text/plain; a="b', undefined],
  ['text/plain; a=b; a=c', undefined],
  ['text/plain a=b', undefined],
  ['text/', undefined],
])('takes %j for the media type %j', (text, expected) => {
  expect(mediaType(text)).toBe(expected);
});
