import { describe, expect, it } from 'vitest';
import { unchunked } from './aws-chunked.ts';
import type { WireRequest } from './wire-request.ts';

const trailer = 'x-amz-checksum-crc32:jNwWgw==\r\n';
const sound: WireRequest = {
  method: 'PUT',
  path: '/b/k',
  query: [],
  headers: {
    'content-encoding': 'gzip,aws-chunked',
    'x-amz-decoded-content-length': '5',
    'x-amz-trailer': 'x-amz-checksum-crc32',
  },
  body: Buffer.from(`3\r\na\r\n\r\n2\r\nbc\r\n0\r\n${trailer}\r\n`),
};
const withBody = (body: string, headers: object = {}): WireRequest => ({
  ...sound,
  headers: { ...sound.headers, ...headers },
  body: Buffer.from(body),
});

describe('a body in chunks of S3', () => {
  it('is joined, its trailer a header, its encoding the one that is left', () => {
    expect(unchunked(sound)).toMatchObject({
      body: Buffer.from('a\r\nbc'),
      headers: { 'content-encoding': 'gzip', 'content-length': '5', 'x-amz-checksum-crc32': 'jNwWgw==' },
    });
  });

  it('has no encoding when that was the only one', () => {
    const { headers } = unchunked(withBody(sound.body.toString(), { 'content-encoding': 'aws-chunked' }));

    expect(headers).not.toHaveProperty('content-encoding');
  });

  it('is not looked for in any other request', () => {
    const plain = withBody('5\r\n', { 'content-encoding': 'gzip' });

    expect(unchunked(plain)).toBe(plain);
  });

  it.each<[what: string, code: string, request: WireRequest]>([
    ['without an end', 'IncompleteBody', withBody('3\r\nabc\r\n')],
    ['with a size that is none', 'IncompleteBody', withBody('x\r\n')],
    ['shorter than its size', 'IncompleteBody', withBody(`9\r\nabc\r\n0\r\n${trailer}\r\n`)],
    ['of another length than promised', 'IncompleteBody', withBody(`1\r\na\r\n0\r\n${trailer}\r\n`)],
    [
      'of no promised length',
      'MissingContentLength',
      withBody('0\r\n\r\n', { 'x-amz-decoded-content-length': undefined }),
    ],
    ['without the trailer that was announced', 'MalformedTrailerError', withBody('5\r\nabcde\r\n0\r\n\r\n')],
  ])('is refused when it comes %s', (_, code, request) => {
    expect(() => unchunked(request)).toThrow(expect.objectContaining({ code }));
  });
});
