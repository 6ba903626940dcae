import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareBytes,
  type FileKind,
  readKubeletDocument,
  sameKey,
} from '../../../../../lambda/core/read/kubelet/config/kubelet-document.ts';

const faultOf = (text: string, kind: FileKind) => {
  const document = readKubeletDocument(text, kind);
  return document.ok ? 'none' : document.error.because;
};
const json = (members: string) => `{${members}}`;
const kind = '"kind":"KubeletConfiguration"';
const version = '"apiVersion":"kubelet.config.k8s.io/v1beta1"';
const noKind = 'kind is not KubeletConfiguration';
const noVersion = 'apiVersion is not kubelet.config.k8s.io/v1beta1';

describe('a document of a kubelet', () => {
  it.each([
    ['both as they must be', json(`${kind},${version}`), 'none', 'none', 'none'],
    ['no kind', json(version), noKind, noKind, noKind],
    ['an empty kind', json(`"kind":"",${version}`), noKind, noKind, noKind],
    ['another kind', json(`"kind":"Foo",${version}`), noKind, noKind, 'none'],
    ['a kind that is no text', json(`"kind":7,${version}`), noKind, noKind, noKind],
    ['a kind that is null', json(`"kind":null,${version}`), noKind, noKind, noKind],
    ['no apiVersion', json(kind), noVersion, noVersion, 'none'],
    ['another apiVersion', json(`${kind},"apiVersion":"v1"`), noVersion, noVersion, 'none'],
    ['an apiVersion of two slashes', json(`${kind},"apiVersion":"a/b/c"`), noVersion, noVersion, noVersion],
    [
      'another spelling',
      json('"KIND":"KubeletConfiguration","ApiVersion":"kubelet.config.k8s.io/v1beta1"'),
      'none',
      noKind,
      noKind,
    ],
    ['a second spelling behind it', json(`${kind},"KIND":"Foo",${version}`), noKind, 'none', 'none'],
    ['a second spelling that is null', json(`${kind},"KIND":null,${version}`), 'none', 'none', 'none'],
    ['a second spelling that is no text', json(`${kind},"KIND":7,${version}`), noKind, noKind, noKind],
  ])('is told by kind and apiVersion, in three ways: %s', (_, text, main, dropIn, anyKind) => {
    expect([faultOf(text, 'main'), faultOf(text, 'drop-in'), faultOf(text, 'drop-in of any kind')]).toEqual([
      main,
      dropIn,
      anyKind,
    ]);
  });

  it('may hold a key twice in a main file only', () => {
    const text = json(`${kind},${version},\n"a":1,"a":2`);
    const twice = 'line 2, column 7: a key that is there twice';
    expect([faultOf(text, 'main'), faultOf(text, 'drop-in'), faultOf(text, 'drop-in of any kind')]).toEqual([
      'none',
      twice,
      twice,
    ]);
  });

  it.each(['[]', '- a', 'hello', '"x"', '7'])('holds no settings where it is %s', (text) => {
    expect(readKubeletDocument(text, 'main')).toEqual({
      ok: false,
      error: { kind: 'refused', because: 'it holds no settings' },
    });
  });

  it.each([' ', '\t', '\n', '\r', '\v', '\f', '\u0085', '\u00a0', '\u1680', '\u2003', '\u2028', '\u3000'])(
    'is JSON behind a blank of Go: %j',
    (blank) => {
      expect(faultOf(`${blank}{`, 'main')).toMatch(/a string is expected$|a value is expected$/);
    },
  );

  it('is YAML behind anything else', () => {
    expect(faultOf('x {', 'main')).toBe('it holds no settings');
    expect(faultOf('\ufeff{a: 1}', 'main')).toBe(noKind);
  });
});

it.each([
  ['readOnlyPort', 'READONLYPORT', true],
  ['clientCAFile', 'clientCaFile', true],
  ['kind', '\u212aind', true],
  ['tlsBootstrap', 'tl\u017fBootstrap', true],
  ['a', 'b', false],
  ['ab', 'a', false],
  ['é', 'É', false],
  ['[', '{', false],
  ['@', '`', false],
  ['zZ', 'Zz', true],
])('compares keys as encoding/json does: %s and %s: %j', (left, right, same) => {
  expect([sameKey(left, right), sameKey(right, left)]).toEqual([same, same]);
});

it('orders texts as their bytes in UTF-8 do', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', 'ä', '\uff5e', '\u{1f600}'), maxLength: 3 });
  fc.assert(
    fc.property(text, text, (left, right) => {
      expect(Math.sign(compareBytes(left, right))).toBe(Buffer.compare(Buffer.from(left), Buffer.from(right)));
    }),
  );
});
