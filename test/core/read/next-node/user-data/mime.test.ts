import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMediaType } from '../../../../../lambda/core/read/next-node/user-data/media-type.ts';
import { readMessage } from '../../../../../lambda/core/read/next-node/user-data/mime.ts';

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'));
const textOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** Each part as its type and body, then why reading ended; or that it is one document. */
function read(text: string): unknown {
  const message = readMessage(bytesOf(text));
  if (!message.ok) return message.error.kind;
  if (message.value.kind === 'single') return 'single';
  const { parts, fault } = message.value;
  const texts = parts.map(({ contentType = '', body }) => `${contentType}|${textOf(body)}`);
  return fault === undefined ? texts : [...texts, fault.kind];
}

const head = 'Content-Type: multipart/mixed; boundary="B"\n\n';

const encoding = 'Content-Transfer-Encoding';

describe('a multipart as Go reads it', () => {
  it.each<[string, string, unknown]>([
    ['two parts', `${head}--B\nContent-Type: a/b\n\nx\n--B\n\ny\n--B--\n`, ['a/b|x', '|y']],
    ['CRLF', `${head}--B\nContent-Type: a/b\n\nx\n--B--\n`.replaceAll('\n', '\r\n'), ['a/b|x']],
    ['a preamble', `${head}x\ny: z\n--B\n\nx\n--B--`, ['|x']],
    ['blanks behind a boundary', `${head}--B \t\n\nx\n--B-- \n`, ['|x']],
    ['text behind the last boundary', `${head}--B\n\nx\n--B--\n--B\n\ny\n--B--\n`, ['|x']],
    ['a last boundary without its dashes', `${head}--B\n\nx\n--B\n`, ['|x']],
    ['a last boundary without its dashes and without a line end', `${head}--B\n\nx\n--B`, ['|x', 'refused']],
    ['no last boundary', `${head}--B\n\nx\n`, ['refused']],
    ['no boundary at all', `${head}x`, ['refused']],
    ['a part that is empty', `${head}--B\n\n--B\n\nx\n--B--`, ['|', '|x']],
    ['a line that only begins like a boundary', `${head}--B\n\nx\n--BB\n--B--`, ['|x\n--BB']],
    ['a boundary with something behind it', `${head}--B\n\nx\n--B y\n--B--`, ['|x', 'refused']],
    ['a part without the blank line behind its header', `${head}--B\nContent-Type: a/b\nx\n\nx\n--B--`, ['refused']],
    ['a header line that goes on', `${head}--B\nContent-Type: a/b;\n  c=d\n\nx\n--B--`, ['a/b; c=d|x']],
    ['a name with a blank, which is another name', `${head}--B\nContent-Type : a/b\n\nx\n--B--`, ['|x']],
    ['a name that is none', `${head}--B\n{"a": 1}\n\nx\n--B--`, ['refused']],
    ['a header in any case', 'content-TYPE: Multipart/Mixed; Boundary=B\n\n--B\n\nx\n--B--', ['|x']],
    ['other headers before', 'From: x\nX: y\n  z\nContent-Type: multipart/x; boundary=B\n\n--B\n\nx\n--B--', ['|x']],
    ['the first of two types', `${head.trimEnd()}\nContent-Type: text/plain\n\n--B\n\nx\n--B--`, ['|x']],
    ['a boundary that needs quotes', `${head.replace('"B"', '//')}--//\n\nx\n--//--`, 'single'],
    ['two boundaries that differ', `${head.trimEnd()}; boundary=a\n\n--a\n\nx\n--a--`, 'single'],
    ['a multipart without a boundary', 'Content-Type: multipart/mixed\n\n--\n\nx\n----', ['refused']],
    ['a boundary in pieces', 'Content-Type: multipart/mixed; boundary*0=a\n\n--a\n\nx\n--a--', 'not-read'],
    ['another type', 'Content-Type: text/plain\n\nx', 'single'],
    ['a comment before the header', `# x\n${head}--B\n\nx\n--B--`, 'single'],
    ['a blank line before the header', `\n${head}--B\n\nx\n--B--`, 'single'],
    ['a NodeConfig', 'apiVersion: node.eks.aws/v1alpha1\nkind: NodeConfig\n', 'single'],
    ['quoted-printable', `${head}--B\n${encoding}: Quoted-Printable\n\na=3Db =\nc=zz\n--B--`, ['|a=b c=zz']],
    ['base64, which is not undone here', `${head}--B\n${encoding}: base64\n\neA==\n--B--`, ['|eA==']],
    ['a line that is longer than the buffer', `${head}${'x'.repeat(5000)}\n--B\n\nx\n--B--`, ['refused']],
  ])('reads %s', (_, text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('finds the parts that were written, each at its place', () => {
    const body = fc.stringMatching(/^[a-z\n :-]{0,40}$/).filter((text) => !text.includes('--B'));
    fc.assert(
      fc.property(fc.array(body, { minLength: 1, maxLength: 5 }), fc.constantFrom('\n', '\r\n'), (bodies, newline) => {
        const written = bodies.map((each) => ['--B', 'Content-Type: a/b', '', each, ''].join(newline));
        const text = [head.replaceAll('\n', newline), ...written, `--B--${newline}`].join('');
        const message = readMessage(bytesOf(text));
        if (!message.ok || message.value.kind === 'single') throw new Error('no multipart');
        expect(message.value.parts.map((part) => textOf(part.body))).toEqual(bodies);
        for (const { body: found, at = -1 } of message.value.parts)
          expect(text.slice(at, at + found.length)).toBe(textOf(found));
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
  ['Text/Plain; A=b', 'text/plain a=b'],
  ['text/plain;', 'text/plain'],
  ['text/plain; a="x y"', 'text/plain a=x y'],
  [String.raw`text/plain; a="x\"\\y\z"`, String.raw`text/plain a=x"\y\z`],
  ['text/plain; a=""', 'text/plain a='],
  ['text', 'text'],
  ['text/plain; a=b; a=b', 'text/plain a=b'],
  ['text/plain; a=b; a=c', undefined],
  ['text/plain; a', undefined],
  ['text/plain; a=', undefined],
  ['text/plain; a="b', undefined],
  ['text/plain a=b', undefined],
  ['text/plain/x', undefined],
  ['/', undefined],
  ['', undefined],
])('reads the media type %s as Go does', (text, expected) => {
  const media = parseMediaType(text);
  const words = media && [media.type, ...[...media.parameters].map(([name, value]) => `${name}=${value}`)].join(' ');
  expect(words).toBe(expected);
});
