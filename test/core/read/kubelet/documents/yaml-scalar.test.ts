import { expect, it } from 'vitest';
import { scalarValue } from '../../../../../lambda/core/read/kubelet/documents/yaml-scalar.ts';

const resolved = (text: string, { plain = true, tag }: { readonly plain?: boolean; readonly tag?: string } = {}) => {
  const value = scalarValue({ text, plain, tag: tag?.replace(/^!!/, 'tag:yaml.org,2002:') });
  return value.ok ? value.value : value.error;
};

it.each<[string, unknown, string]>([
  ['true', true, 'y Y yes Yes YES true True TRUE on On ON'],
  ['false', false, 'n N no No NO false False FALSE off Off OFF'],
  ['null', null, ' ~ null Null NULL'],
  ['a number that JSON has not', 'refused', '.inf .Inf .INF +.inf -.INF .nan .NaN .NAN'],
])('takes these words for %s, unless they are quoted', (_, value, words) => {
  for (const word of words.split(' '))
    expect([resolved(word), resolved(word, { plain: false })], word).toEqual([value, word]);
});

it.each([
  'yEs',
  'oN',
  'nULL',
  'tRUE',
  '.iNF',
  '.Nan',
  '-.nan',
  'x.inf',
  '.infx',
  '--.inf',
  'a',
  '-',
  '+',
  '.',
  '-.',
  '+a',
])('leaves the word %s as it is', (word) => expect(resolved(word)).toBe(word));

it.each([
  '_1',
  '._5',
  '.5_0',
  '1e',
  'e1',
  '1e1.5',
  '1.2.3',
  '10.0.0.1',
  '1e999',
  '-1e999',
  '1x',
  '++1',
  '1:30',
  '2026-11-24',
  '=',
])('takes %j for no number, as goyaml does', (text) => expect(resolved(text)).toBe(text));

it.each([
  ['0x_f', 15],
  ['1.', 1],
  ['-0.0', 0],
  ['+.5', 0.5],
  ['-.25', -0.25],
  ['1.5E-1', 0.15],
  ['2e+10', 20_000_000_000],
])('resolves %j as goyaml does: %j', (text, value) => {
  expect(resolved(text)).toBe(value);
});

it.each([
  ['!!int', '1_0', 10],
  ['!!int', '5.5', 'refused'],
  ['!!int', '1e1', 'refused'],
  ['!!float', '5.5', 5.5],
  ['!!float', '.inf', 'refused'],
  ['!!null', '0', 'refused'],
  ['!!binary', 'aGk=', 'hi'],
  ['!!binary', '', ''],
  ['!!binary', 'aGk', 'refused'],
  ['!!binary', 'a-k=', 'refused'],
  ['!!binary', '/w==', 'not-read'],
  ['!', '', ''],
])('of the tag %s and the text %s makes %j, quoted or not', (tag, text, value) => {
  expect([resolved(text, { tag }), resolved(text, { tag, plain: false })]).toEqual([value, value]);
});
