import { LabError } from './service.ts';
import type { WireRequest } from './wire-request.ts';

/** What `x-amz-content-sha256` says of a body whose hash was not signed. */
export const unsignedPayloads = ['UNSIGNED-PAYLOAD', 'STREAMING-UNSIGNED-PAYLOAD-TRAILER'];

/**
 * A request whose body came in S3's own chunks (`Content-Encoding: aws-chunked`), as if it had come whole: the body joined, the trailer among the headers.
 * Any other request as it is.
 */
export function unchunked(request: WireRequest): WireRequest {
  const encodings = (request.headers['content-encoding'] ?? '').split(',').map((each) => each.trim());
  if (!encodings.includes('aws-chunked')) return request;

  const { body, trailer } = readChunks(request.body);
  const promised = request.headers['x-amz-decoded-content-length'];
  if (promised === undefined) {
    throw new LabError('MissingContentLength', 'You must provide the Content-Length HTTP header.', 411);
  }
  if (Number(promised) !== body.length) {
    throw new LabError(
      'IncompleteBody',
      `You did not provide the number of bytes specified by the x-amz-decoded-content-length HTTP header: ${promised}`,
    );
  }
  const announced = (request.headers['x-amz-trailer'] ?? '').toLowerCase();
  if (Object.keys(trailer).join(',') !== announced) {
    throw new LabError('MalformedTrailerError', 'The request contained trailing data that was not well-formed');
  }

  const { 'content-encoding': _, ...headers } = request.headers;
  const kept = encodings.filter((each) => each !== 'aws-chunked').join(',');
  return {
    ...request,
    body,
    headers: { ...headers, ...(kept && { 'content-encoding': kept }), ...trailer, 'content-length': promised },
  };
}

function readChunks(data: Buffer): { readonly body: Buffer; readonly trailer: Readonly<Record<string, string>> } {
  const chunks: Buffer[] = [];
  let offset = 0;
  for (;;) {
    const end = data.indexOf('\r\n', offset);
    const size = end === -1 ? '' : data.toString('latin1', offset, end);
    if (!/^[\da-f]+$/i.test(size)) throw incomplete();

    const start = end + 2;
    const length = Number.parseInt(size, 16);
    if (length === 0) return { body: Buffer.concat(chunks), trailer: readTrailer(data.toString('latin1', start)) };
    if (data.toString('latin1', start + length, start + length + 2) !== '\r\n') throw incomplete();
    chunks.push(data.subarray(start, start + length));
    offset = start + length + 2;
  }
}

function readTrailer(text: string): Readonly<Record<string, string>> {
  if (!text.endsWith('\r\n')) throw incomplete();
  return Object.fromEntries(
    text
      .split('\r\n')
      .filter((line) => line !== '')
      .map((line) => {
        const colon = line.indexOf(':');
        if (colon === -1) throw incomplete();
        return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()];
      }),
  );
}

const incomplete = (): LabError => new LabError('IncompleteBody', 'The request body terminated unexpectedly');
