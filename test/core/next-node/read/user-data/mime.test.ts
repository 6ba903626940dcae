import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseMediaType } from '../../../../../lambda/core/next-node/read/user-data/media-type.ts';
import { readMessage } from '../../../../../lambda/core/next-node/read/user-data/mime.ts';
import { rowsOf } from '../rows.ts';

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

  const shown = (text: string): string => JSON.stringify(read(text)).replaceAll('"', '');
  it.each(rowsOf`
    boundaries of other forms: ${[`${head}--B\u000b\n\nx\n--B--`, `${head}--B--\n`, `${head}--B\n\nx\n--B\r\n\ny\n--B--\n`, `${head}--B\r\n\r\nx\n--B\n\ny\r\n--B--\r\n`, `${head}--B\n\nx\n--B-- x\n`, `${head}--B\n\nx\n--B---\n`, `${head}--B\n\n--B--\n`, `${head}--B\n\n--Bx\n--B--\n`, `${head}--B\n\nx\n--B\t\n\n\ny\n--B--`].map(shown).join('; ')} → []; [refused]; [|x,refused]; [|x\\n--B\\n\\ny]; [|x,refused]; [|x,refused]; [|]; [|--Bx]; [|x,|\\ny]
    header lines that go on: ${[`${head}--B\nContent-Type: a/b;\n\t c=d \t\n \n\nx\n--B--`, 'Content-Type: multipart/x;\n boundary=B\n '].map(shown).join('; ')} → [a/b; c=d |x]; [refused]
    header lines of odd names: ${[`${head}--B\n: a\n\nx\n--B--`, `${head}--B\n :a\n\nx\n--B--`, `${head}--B\nA: \u0001\n\nx\n--B--`, `${head}--B\nA: a\tb\nB-c!: d\n\nx\n--B--`, `${head}--B\nA(: a\n\nx\n--B--`, `${head}--B\nA: a\n`, 'a\nContent-Type: multipart/x; boundary=B\n\n--B\n\nx\n--B--', ': a\nContent-Type: multipart/x; boundary=B\n\n--B\n\nx\n--B--', 'Content-Type: multipart/x; boundary=B'].map(shown).join('; ')} → [not-read]; [refused]; [refused]; [|x]; [refused]; []; single; [|x]; [refused]
    types of parts: ${[`${head}--B\nContent-Type: a/b\nContent-Type: c/d\n\nx\n--B--`, `${head}--B\nContent-Type: a/\u00c3\u00a9\n\nx\n--B--`, `\t${head}--B\n\nx\n--B--`, head.replace('multipart', 'multiparts')].map(shown).join('; ')} → [a/b|x]; [a/é|x]; single; single
    broken quoted-printable: ${[`${head}--B\n${encoding}: quoted-printable\n\na=\u0001\n=\n--B--`, `${head}--B\nContent-Type: application/node.eks.aws; a=b\n${encoding}: quoted-printable\n\n\u0001\n--B--`].map(shown).join('; ')} → [not-read]; [refused]
    lines as long as the buffer, and longer: ${[`${head}${'x'.repeat(4095)}\n--B\n\nx\n--B--`, `${head}${'x'.repeat(4096)}\n--B\n\nx\n--B--`, `${head}--B\n\nx\n--B--${' '.repeat(4090)}`, `${head}--B\n\nx\n--B--${' '.repeat(4091)}`].map(shown).join('; ')} → [|x]; [refused]; [|x]; [|x,refused]
    a thousand parts: ${[999, 1000].map((count) => shown(`${head}${'--B\n\n\n'.repeat(count)}--B--`).slice(-12)).join('; ')} → |,|,|,|,|,|]; ,|,not-read]
  `)('reads $name', ({ value, expected }) => expect(value).toBe(expected));

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
  ['\u00a0\ttext/plain\u3000;\u2003a\u0085=\u205fb\u202f;\u1680c=d \u000b', 'text/plain a=b c=d'],
  ['text/plain; a="b";c=d; A=b ; ', 'text/plain a=b c=d'],
  ['text/plain; a*0=b', 'text/plain a*0=b'],
  [`text/plain; a="${[...'()<>@,;:/[]?='].map((char) => `\\${char}`).join('')}\\w"`, 'text/plain a=()<>@,;:/[]?=\\w'],
  ["text/plain; a=!#$%&'*+-.^_`{|}~", "text/plain a=!#$%&'*+-.^_`{|}~"],
])('reads the media type %s as Go does', (text, expected) => {
  const media = parseMediaType(text);
  const words = media && [media.type, ...[...media.parameters].map(([name, value]) => `${name}=${value}`)].join(' ');
  expect(words).toBe(expected);
});

it.each([
  ...['text/plain; =b', 'text/plain; a="b\nc"', 'text/plain; a="b\rc"', 'text/plain; a="b\\', 'text/plain; a="b"c'],
  ...['text/plain; a=b c', 'text/', '/plain', 'te xt/plain', 'text/pl\u007fain', 'text/plé'],
])('takes %j for no media type, as Go does', (text) => {
  expect(parseMediaType(text)).toBeUndefined();
});

it.each([...'()<>@,;:\\"/[]?= \t\u007f'])('takes %j for no letter of a type or a value of Go', (char) => {
  expect(parseMediaType(`te${char}xt/plain`)?.type === `te${char}xt/plain`).toBe(false);
  expect(parseMediaType(`text/plain; a=b${char}c`)?.parameters.get('a') === `b${char}c`).toBe(false);
});
