import { expect, it } from 'vitest';
import { scalarValue } from '../../../../../lambda/core/read/kubelet/documents/yaml-scalar.ts';

const resolved = (text: string, { plain = true, tag }: { readonly plain?: boolean; readonly tag?: string } = {}) => {
  const value = scalarValue({ text, plain, tag: tag?.replace(/^!!/, 'tag:yaml.org,2002:') });
  return value.ok ? value.value : value.error;
};

it.each(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON'])('takes %s for true', (word) => {
  expect([resolved(word), resolved(word, { plain: false })]).toEqual([true, word]);
});

it.each(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF'])('takes %s for false', (word) => {
  expect([resolved(word), resolved(word, { plain: false })]).toEqual([false, word]);
});

it.each(['', '~', 'null', 'Null', 'NULL'])('takes %j for null', (word) => {
  expect([resolved(word), resolved(word, { plain: false })]).toEqual([null, word]);
});

it.each(['.inf', '.Inf', '.INF', '+.inf', '-.INF', '.nan', '.NaN', '.NAN'])(
  'refuses %s, which JSON has not',
  (word) => {
    expect([resolved(word), resolved(word, { plain: false })]).toEqual(['refused', word]);
  },
);

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
])('leaves the word %s as it is', (word) => {
  expect(resolved(word)).toBe(word);
});

it.each([
  ['0', 0],
  ['-12', -12],
  ['1_0', 10],
  ['0x_f', 15],
  ['_1', '_1'],
  ['1.', 1],
  ['1.5', 1.5],
  ['-0.0', 0],
  ['12.25', 12.25],
  ['.5', 0.5],
  ['+.5', 0.5],
  ['-.25', -0.25],
  ['._5', '._5'],
  ['.5_0', '.5_0'],
  ['1e2', 100],
  ['1.5E-1', 0.15],
  ['2e+10', 20_000_000_000],
  ['1e', '1e'],
  ['e1', 'e1'],
  ['1e1.5', '1e1.5'],
  ['1.2.3', '1.2.3'],
  ['10.0.0.1', '10.0.0.1'],
  ['1e999', '1e999'],
  ['-1e999', '-1e999'],
  ['1x', '1x'],
  ['5 ', '5 '],
  ['++1', '++1'],
])('resolves %j as goyaml does: %j', (text, value) => {
  expect(resolved(text)).toBe(value);
});

it.each([
  ['!!bool', 'yes', true],
  ['!!bool', '5', 'refused'],
  ['!!int', '0x10', 16],
  ['!!int', '1_0', 10],
  ['!!int', '5.5', 'refused'],
  ['!!int', '1e1', 'refused'],
  ['!!int', 'yes', 'refused'],
  ['!!float', '5.5', 5.5],
  ['!!float', '5', 5],
  ['!!float', '.inf', 'refused'],
  ['!!float', 'x', 'refused'],
  ['!!null', '~', null],
  ['!!null', '0', 'refused'],
  ['!!str', 'yes', 'yes'],
  ['!!timestamp', '2026-11-24', '2026-11-24'],
  ['!!binary', 'aGk=', 'hi'],
  ['!!binary', '', ''],
  ['!!binary', 'aGk', 'refused'],
  ['!!binary', 'a-k=', 'refused'],
  ['!!binary', '/w==', 'not-read'],
  ['!vault', '5', '5'],
  ['!', '5', '5'],
  ['!', 'true', 'true'],
  ['!', '', ''],
])('of the tag %s and the text %s makes %j, quoted or not', (tag, text, value) => {
  expect([resolved(text, { tag }), resolved(text, { tag, plain: false })]).toEqual([value, value]);
});
