import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compareBytes,
  type FileKind,
  readKubeletDocument,
  sameKey,
} from '../../../../../lambda/core/read/kubelet/config/kubelet-document.ts';

const faultOf = (text: string, kind: FileKind = 'main') => {
  const document = readKubeletDocument(text, kind);
  return document.ok ? 'none' : document.error.because;
};
const [kind, version] = ['"kind":"KubeletConfiguration"', '"apiVersion":"kubelet.config.k8s.io/v1beta1"'];

describe('a document of a kubelet', () => {
  // The machines of directed-machines.test.ts ask for the other kinds, versions and spellings.
  it('may be of another kind or version up to 1.31 where it is a drop-in, but of some kind, and of no two slashes', () => {
    const fault = (members: string) => faultOf(`{${members}}`, 'drop-in of any kind');
    expect([kind, '"kind":"Foo"', `${kind},"apiVersion":"v1"`].map(fault)).toEqual(['none', 'none', 'none']);
    const noKind = 'kind is not KubeletConfiguration';
    expect([version, '"kind":""', '"kind":7'].map(fault)).toEqual([noKind, noKind, noKind]);
    expect(fault(`${kind},"apiVersion":"a/b/c"`)).toBe('apiVersion is not kubelet.config.k8s.io/v1beta1');
  });

  it('may hold a key twice in a main file only', () => {
    const text = `{${kind},${version},\n"a":1,"a":2}`;
    const twice = 'line 2, column 7: a key that is there twice';
    const faults = (['main', 'drop-in', 'drop-in of any kind'] as const).map((kind) => faultOf(text, kind));
    expect(faults).toEqual(['none', twice, twice]);
  });
});

it.each([
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
