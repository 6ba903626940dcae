import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodedBase64, gunzipped } from '../../../../../lambda/core/next-node/read/user-data/encodings.ts';

const bytes = fc.uint8Array({ maxLength: 200 });

describe('base64 and gzip', () => {
  it('are undone', () => {
    fc.assert(
      fc.property(bytes, (given) => {
        const lines = Buffer.from(given).toString('base64').replace(/.{7}/g, '$&\r\n');
        expect(decodedBase64(Buffer.from(lines))).toEqual(given);
        expect(gunzipped(gzipSync(given))).toEqual({ ok: true, value: given });
      }),
    );
  });

  it.each(['a', 'ab', 'abc', 'ab=c', 'abc==', 'ab-_', 'abcd ', 'abcd=', '===='])('takes %j for no base64', (text) => {
    expect(decodedBase64(Buffer.from(text))).toBeUndefined();
  });

  it.each<[string, Uint8Array, string]>([
    ['cut', gzipSync('x').subarray(0, 15), 'refused'],
    ['followed by something', Buffer.concat([gzipSync('x'), Buffer.from('y')]), 'refused'],
    ['followed by zeros', Buffer.concat([gzipSync('x'), Buffer.alloc(4)]), 'refused'],
    ['only begun', Buffer.from([0x1f, 0x8b]), 'refused'],
    ['of two megabytes', gzipSync(Buffer.alloc(2 * 1024 * 1024)), 'not-read'],
  ])('refuse a gzip that is %s', (_, given, kind) => {
    expect(gunzipped(given)).toMatchObject({ ok: false, error: { kind } });
  });

  it('say why a gzip is refused', () => {
    const refused = [gzipSync('x').subarray(0, 15), Buffer.concat([gzipSync('x'), Buffer.alloc(4)])].map(gunzipped);
    const long = [256 * 1024, 256 * 1024 + 1].map((length) => gunzipped(gzipSync(Buffer.alloc(length))));
    expect([...refused, ...long].map((each) => (each.ok ? each.value.length : each.error.because))).toEqual([
      'a gzip that is broken',
      'bytes behind the end of a gzip',
      256 * 1024,
      'a gzip of more than 262144 bytes',
    ]);
  });

  it('read a gzip of two members as both', () => {
    const both = gunzipped(Buffer.concat([gzipSync('x'), gzipSync('y')]));
    expect(both.ok && Buffer.from(both.value).toString()).toBe('xy');
  });
});
