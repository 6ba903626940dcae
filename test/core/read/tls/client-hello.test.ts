import { expect, it } from 'vitest';
import { clientHello } from '../../../../lambda/core/read/tls/client-hello.ts';
import { bytes } from './flight-bytes.ts';

const random = Uint8Array.from({ length: 32 }, (_, at) => at + 1);

// RFC 5246, 7.4.1.2 and RFC 8422, 5.1, byte by byte.
it('is one record of TLS 1.2 without a server name, and offers no TLS 1.3', () => {
  const first = [0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8];
  const suites = [...first, 0xc023, 0xc027, 0xc009, 0xc013, 0xc00a, 0xc014, 0x00ff];
  const schemes = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0603, 0x0806, 0x0601, 0x0807];
  const pairs = (numbers: readonly number[]) => numbers.flatMap((each) => [each >> 8, each & 0xff]);
  const groups = bytes(0, 10, 0, 10, 0, 8, 0, 29, 0, 23, 0, 24, 0, 25);
  const points = bytes(0, 11, 0, 2, 1, 0);
  const signatures = bytes(0, 13, 0, 22, 0, 20, pairs(schemes));
  const body = bytes(3, 3, random, 0, 0, 26, pairs(suites), 1, 0, 0, 46, groups, points, signatures);
  const message = bytes(1, 0, 0, body.length, body);

  expect(clientHello(random)).toEqual(bytes(22, 3, 1, 0, message.length, message));
});
