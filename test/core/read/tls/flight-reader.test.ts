import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlightReader, type Handshake } from '../../../../lambda/core/read/tls/flight-reader.ts';
import {
  alert,
  asking,
  bytes,
  certificate,
  certificateRequest,
  commonName,
  message,
  notAsking,
  record,
  serverHello,
  serverHelloDone,
  serverKeyExchange,
  serverRandom,
  signature,
} from './flight-bytes.ts';

const hear = (...chunks: readonly Uint8Array[]): Handshake => {
  const reader = new FlightReader();
  return chunks.reduce<Handshake>((_, chunk) => reader.push(chunk), { state: 'more' });
};
const hearMessages = (...messages: readonly Uint8Array[]): Handshake => hear(record(bytes(...messages)));
const more = { state: 'more' };
const unreadable = (because: string) => ({ state: 'unreadable', because });
const unread = (name: string) => unreadable(`its ${name} cannot be read`);
const misplaced = (type: number) => unreadable(`it sent handshake message ${type} where TLS 1.2 has no such message`);
const notTls = unreadable('what it sent is not TLS');
const tooMuch = unreadable('it sent more than 64 KB without an end to its hello');
const [hello, chain, exchange, request] = [serverHello(), certificate(), serverKeyExchange(), certificateRequest()];
const flightOf = (handshake: Handshake) => (handshake.state === 'done' ? handshake.flight : undefined);

/** Cuts bytes at any places. */
const pieces = (whole: Uint8Array) =>
  fc
    .uniqueArray(fc.nat({ max: whole.length }), { maxLength: 12 })
    .map((cuts) => [0, ...cuts.toSorted((a, b) => a - b), whole.length])
    .map((cuts) => cuts.slice(1).map((cut, index) => whole.subarray(cuts[index], cut)));

describe('a whole flight', () => {
  it('shows whether a client certificate is asked for, with the names of the CAs', () => {
    const flight = flightOf(hear(asking));
    expect(flight).toMatchObject({ serverRandom, certificates: [bytes(1, 2, 3), bytes(4, 5)] });
    // As they were signed.
    const parameters = bytes(3, 0, 0x1d, 32, new Uint8Array(32));
    expect(flight?.keyExchange).toMatchObject({ scheme: 0x0403, signature, parameters });
    expect(flight?.request).toEqual({ authorities: ['CN=kubernetes'], count: 1 });
    expect(flightOf(hear(notAsking))).toBeDefined();
    expect(flightOf(hear(notAsking))).not.toHaveProperty('request');
  });

  const requestOf = (names: readonly Uint8Array[]) =>
    flightOf(hearMessages(hello, chain, exchange, certificateRequest(names), serverHelloDone))?.request;

  it('keeps the first 64 names of a longer list, and how many there were', () => {
    const found = requestOf(Array.from({ length: 70 }, (_, index) => commonName(`ca-${index}`)));
    expect([found?.count, found?.authorities.length]).toEqual([70, 64]);
  });

  it('says that a name cannot be read, and goes on', () => {
    const names = [bytes(0x30, 5, 1), commonName('ok')];
    expect(requestOf(names)?.authorities).toEqual(['(a name that cannot be read)', 'CN=ok']);
  });

  it('is the same however it is cut, into records and into packets', () => {
    const all = bytes(hello, chain, exchange, request, serverHelloDone);
    const records = pieces(all).map((parts) => parts.filter((each) => each.length > 0).map((each) => record(each)));
    const packets = records.chain((each) => pieces(bytes(...each)));
    fc.assert(fc.property(packets, (each) => void expect(hear(...each)).toEqual(hear(asking))));
  });
});

it('half a flight shows nothing, wherever it ends', () => {
  for (const flight of [asking, notAsking])
    for (let length = 0; length < flight.length; length += 1) expect(hear(flight.subarray(0, length))).toEqual(more);
});

describe('a hostile server', () => {
  it('makes the reader neither throw nor pass with random bytes', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 5 }), (chunks) => {
        expect(hear(...chunks).state).not.toBe('done');
      }),
      { numRuns: 500 },
    );
  });

  it('makes the reader not throw with a flight in which bytes are changed, put in or left out', () => {
    const [at, remove] = [fc.nat({ max: asking.length }), fc.nat({ max: 3 })];
    const change = fc.record({ at, remove, insert: fc.uint8Array({ maxLength: 3 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
        const changed = changes.reduce(
          (flight, { at, remove, insert }) => bytes(flight.subarray(0, at), insert, flight.subarray(at + remove)),
          asking,
        );
        expect(['more', 'done', 'alert', 'unreadable']).toContain(hear(changed).state);
      }),
      { numRuns: 500 },
    );
  });

  it('is cut off after 64 KB, to the byte', () => {
    const endless = message(2, new Uint8Array(100_000));
    const reader = new FlightReader();
    const whole = bytes(...[0, 1, 2, 3, 4].map((at) => record(endless.subarray(at * 16_000, (at + 1) * 16_000))));
    expect(reader.push(whole.subarray(0, 64 * 1024)).state).toBe('more');
    expect(reader.push(whole.subarray(64 * 1024, 64 * 1024 + 1))).toEqual(tooMuch);
  });

  it('is not listened to any more after it was not understood', () => {
    const reader = new FlightReader();
    reader.push(bytes(0));
    expect(reader.push(asking)).toEqual(notTls);
  });
});

it.each([
  ['plain HTTP', new TextEncoder().encode('HTTP/1.0 400 Bad Request\r\n'), notTls],
  ['application data', record(bytes(1), 23), notTls],
  ['the first byte of something else', bytes(23), notTls],
  ['the first byte of a record', bytes(22), more],
  ['another major version', bytes(22, 4), notTls],
  ['another minor version', bytes(22, 3, 9, 0, 4, hello.subarray(0, 4)), more],
  ['16 KB that are not there yet', bytes(22, 3, 3, 0x40, 0), more],
  ['more', bytes(22, 3, 3, 0x40, 1), unreadable('it announced a record of 16385 bytes, more than TLS allows')],
  ['nothing', record(bytes()), unreadable('it sent an empty record')],
  ['an alert of one byte', record(bytes(2), 21), unreadable('it sent an alert that is none')],
  ['an alert of three bytes', record(bytes(2, 40, 0), 21), unreadable('it sent an alert that is none')],
  ['an alert', alert(40), { state: 'alert', description: 40 }],
  ['an alert in the middle of a flight', bytes(record(hello), alert(42)), { state: 'alert', description: 42 }],
])('a record may be %s', (_, sent, state) => {
  expect(hear(sent)).toEqual(state);
});

describe('the messages of a flight', () => {
  /** A ServerHello with its last fields as given. */
  const helloWith = (session: number, compression: number) =>
    message(2, bytes(3, 3, serverRandom, session, new Uint8Array(session), 0xc0, 0x2b, compression));
  const point = bytes(0, 0x1d, 1, 5, 4, 3, 0, 1, 9);
  const many = (count: number) => certificate(Array(count).fill(bytes(1)));

  it.each([
    ['a suite that was not offered', [serverHello(0x0303, 0x002f)], unread('ServerHello')],
    ['a session id of 32 bytes', [helloWith(32, 0)], more],
    ['a session id of 33 bytes', [helloWith(33, 0)], unread('ServerHello')],
    ['compression, which was not offered', [helloWith(0, 1)], unread('ServerHello')],
    ['an empty chain', [hello, certificate([])], unread('Certificate')],
    ['eight certificates', [hello, many(8)], more],
    ['nine certificates', [hello, many(9)], unread('Certificate')],
    ['a curve that was not offered', [hello, chain, serverKeyExchange(0x99)], unread('ServerKeyExchange')],
    ['no point', [hello, chain, message(12, bytes(3, 0, 0x1d, 0, 4, 3, 0, 1, 9))], unread('ServerKeyExchange')],
    ['another kind of curve', [hello, chain, message(12, bytes(2, point))], unread('ServerKeyExchange')],
    ['a byte too many', [hello, chain, message(12, bytes(3, point, 0))], unread('ServerKeyExchange')],
    ['no types', [hello, chain, exchange, message(13, bytes(0, 0, 2, 4, 3, 0, 0))], unread('CertificateRequest')],
    ['half a scheme', [hello, chain, exchange, message(13, bytes(1, 1, 0, 1, 4, 0, 0))], unread('CertificateRequest')],
    ['a byte', [hello, chain, exchange, message(13, bytes(1, 1, 0, 2, 4, 3, 0, 0, 0))], unread('CertificateRequest')],
    ['a second ServerHello', [hello, hello], misplaced(2)],
    ['a certificate first', [chain], misplaced(11)],
    ['a second certificate', [hello, chain, chain], misplaced(11)],
    ['a key exchange before the chain', [hello, exchange], misplaced(12)],
    ['a second key exchange', [hello, chain, exchange, exchange], misplaced(12)],
    ['a request first', [request], misplaced(13)],
    ['a request before the key exchange', [hello, chain, request], misplaced(13)],
    ['two requests', [hello, chain, exchange, request, request], misplaced(13)],
    ['an end first', [serverHelloDone], misplaced(14)],
    ['an end behind the hello', [hello, serverHelloDone], misplaced(14)],
    ['an end without a key exchange', [hello, chain, serverHelloDone], misplaced(14)],
    ['an end with something in it', [hello, chain, exchange, message(14, bytes(0))], misplaced(14)],
    ['a message of TLS 1.3', [hello, message(8, bytes(0, 0))], misplaced(8)],
    ['a message of no type', [message(0, bytes())], misplaced(0)],
  ])('have one order, and bounds: %s', (_, messages, state) => {
    expect(hearMessages(...messages)).toEqual(state);
  });

  it('end with the end: what is behind it is not looked at', () => {
    const whole = hearMessages(hello, chain, exchange, serverHelloDone);
    expect(hearMessages(hello, chain, exchange, serverHelloDone, request)).toEqual(whole);
    expect(hear(notAsking, bytes(0))).toEqual(whole);
  });

  it.each([
    [0x0300, 'version 0x300'],
    [0x0301, 'TLS 1.0'],
    [0x0302, 'TLS 1.1'],
    [0x0304, 'TLS 1.3'],
    [0x0305, 'version 0x305'],
    [0x0202, 'version 0x202'],
  ])('of version %i are refused as those of %s', (version, words) => {
    expect(hear(record(serverHello(version)))).toEqual(unreadable(`it answered in ${words}, not TLS 1.2`));
  });
});
