import { expect, it } from 'vitest';
import { goInteger } from '../../../../../lambda/core/read/kubelet/documents/go-values.ts';

// The machines of directed-machines.test.ts ask for the others.
const read = { 0: 0, '0Xa_b': 171, '-0x_9': -9, '0B1_0': 2, '0O7': 7, '017': 15, '-07': -7 };

it.each(Object.entries(read))('reads %s as %d', (text, value) => {
  expect(goInteger(text)).toBe(value);
});

it.each([
  '',
  ' 1',
  '1 ',
  '١',
  '-',
  '+',
  '--1',
  '1-',
  'x1',
  '1x',
  '_1',
  '1_',
  '1__0',
  '08',
  '0o8',
  '0o',
  '0b2',
  '0b',
  '0b1_',
  '0xg',
  '0x',
  '0x1_',
  '0x__1',
  '017_',
  '1.0',
  '1e1',
])('takes %j for no integer', (text) => expect(goInteger(text)).toBeUndefined());

it('looks at 100 digits, and at no more', () => {
  expect(goInteger('1'.repeat(100))).toBe(Number('1'.repeat(100)));
  expect(goInteger('0'.repeat(101))).toBeUndefined();
});
