import { expect, it } from 'vitest';
import { ByteReader } from '../../../../lambda/core/read/tls/byte-reader.ts';
import { bytes } from './flight-bytes.ts';

const stateOf = ({ whole, left, atEnd, position }: ByteReader) => ({ whole, left, atEnd, position });

it('reads big-endian numbers and vectors, and knows where it is', () => {
  const reader = new ByteReader(bytes(1, 2, 3, 4, 5, 6, 2, 7, 8, 0, 1, 9));
  expect(stateOf(reader)).toEqual({ whole: true, left: 12, atEnd: false, position: 0 });
  expect([reader.number(1), reader.number(2), reader.number(3)]).toEqual([1, 0x0203, 0x040506]);
  expect(reader.vector(1)).toEqual(bytes(7, 8));
  expect(stateOf(reader)).toEqual({ whole: true, left: 3, atEnd: false, position: 9 });
  expect(reader.vector(2)).toEqual(bytes(9));
  expect(stateOf(reader)).toEqual({ whole: true, left: 0, atEnd: true, position: 12 });
});

it('is no more whole after one read beyond the end, and reads nothing then', () => {
  const reader = new ByteReader(bytes(1, 2));
  expect(reader.take(3)).toEqual(bytes());
  expect(stateOf(reader)).toEqual({ whole: false, left: 2, atEnd: false, position: 0 });
  expect([reader.take(1), reader.number(1), reader.vector(1)]).toEqual([bytes(), 0, bytes()]);
  const atEnd = new ByteReader(bytes());
  expect(atEnd.take(0)).toEqual(bytes());
  expect(atEnd.atEnd).toBe(true);
  atEnd.take(1);
  expect(atEnd.atEnd).toBe(false);
});
