import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlightReader, type Handshake } from '../../../lambda/core/tls/flight-reader.ts';
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
const unreadable = (because: RegExp) => ({ state: 'unreadable', because: expect.stringMatching(because) });
const flightOf = (handshake: Handshake) => (handshake.state === 'done' ? handshake.flight : undefined);

/** Cuts bytes at any places. */
const pieces = (whole: Uint8Array) =>
  fc
    .uniqueArray(fc.nat({ max: whole.length }), { maxLength: 12 })
    .map((cuts) => [0, ...cuts.toSorted((a, b) => a - b), whole.length])
    .map((cuts) => cuts.slice(1).map((cut, index) => whole.subarray(cuts[index], cut)));

describe('a whole flight', () => {
  it('tells that a client certificate is asked for, and the names of the CAs', () => {
    expect(hear(asking)).toMatchObject({
      state: 'done',
      flight: {
        serverRandom,
        certificates: [bytes(1, 2, 3), bytes(4, 5)],
        keyExchange: { scheme: 0x0403, signature },
        request: { authorities: ['CN=kubernetes'], count: 1 },
      },
    });
  });

  it('tells that none is asked for', () => {
    const handshake = hear(notAsking);
    expect(handshake.state).toBe('done');
    expect(flightOf(handshake)).not.toHaveProperty('request');
  });

  it('keeps the parameters of the key exchange as they were signed', () => {
    expect(flightOf(hear(asking))?.keyExchange.parameters).toEqual(bytes(3, 0, 0x1d, 32, new Uint8Array(32)));
  });

  it('keeps the first 64 names of a longer list, and how many there were', () => {
    const names = Array.from({ length: 70 }, (_, index) => commonName(`ca-${index}`));
    const handshake = hearMessages(
      serverHello(),
      certificate(),
      serverKeyExchange(),
      certificateRequest(names),
      serverHelloDone,
    );
    expect(flightOf(handshake)?.request).toMatchObject({ count: 70 });
    expect(flightOf(handshake)?.request?.authorities).toHaveLength(64);
  });

  it('says that a name cannot be read, and goes on', () => {
    const handshake = hearMessages(
      serverHello(),
      certificate(),
      serverKeyExchange(),
      certificateRequest([bytes(0x30, 5, 1), commonName('ok')]),
      serverHelloDone,
    );
    expect(flightOf(handshake)?.request?.authorities).toEqual(['(a name that cannot be read)', 'CN=ok']);
  });

  it('is the same however it is cut, into records and into packets', () => {
    const all = bytes(serverHello(), certificate(), serverKeyExchange(), certificateRequest(), serverHelloDone);
    const whole = hear(asking);
    fc.assert(
      fc.property(
        pieces(all).chain((parts) =>
          pieces(bytes(...parts.filter((each) => each.length > 0).map((each) => record(each)))),
        ),
        (packets) => {
          expect(hear(...packets)).toEqual(whole);
        },
      ),
    );
  });
});

describe('half a flight', () => {
  it('tells nothing, wherever it ends', () => {
    for (const flight of [asking, notAsking])
      for (let length = 0; length < flight.length; length += 1)
        expect(hear(flight.subarray(0, length))).toEqual({ state: 'more' });
  });
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
    const change = fc.record({
      at: fc.nat({ max: asking.length }),
      remove: fc.nat({ max: 3 }),
      insert: fc.uint8Array({ maxLength: 3 }),
    });
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

  it.each([
    ['plain HTTP', new TextEncoder().encode('HTTP/1.0 400 Bad Request\r\n'), /not TLS/],
    ['an SSH banner', new TextEncoder().encode('SSH-2.0-OpenSSH_9.2'), /not TLS/],
    ['application data', record(bytes(1), 23), /not TLS/],
    ['a record of another major version', bytes(22, 2, 0, 0, 1, 0), /not TLS/],
    ['a record longer than 16 KB', bytes(22, 3, 3, 0x40, 0x01), /16385 bytes/],
    ['an empty record', record(bytes()), /empty record/],
    ['a long alert', record(bytes(2, 40, 0), 21), /alert that is none/],
    ['TLS 1.1', record(serverHello(0x0302)), /TLS 1\.1/],
    ['a cipher suite that was not offered', record(serverHello(0x0303, 0x002f)), /ServerHello cannot be read/],
    [
      'a curve that was not offered',
      record(bytes(serverHello(), certificate(), serverKeyExchange(0x99))),
      /KeyExchange/,
    ],
    ['an empty chain', record(bytes(serverHello(), certificate([]))), /Certificate cannot be read/],
    ['nine certificates', record(bytes(serverHello(), certificate(Array(9).fill(bytes(1))))), /Certificate cannot/],
    ['a certificate first', record(certificate()), /message 11/],
    ['a second ServerHello', record(bytes(serverHello(), serverHello())), /message 2/],
    [
      'a request before the key exchange',
      record(bytes(serverHello(), certificate(), certificateRequest())),
      /message 13/,
    ],
    ['an end without a key exchange', record(bytes(serverHello(), certificate(), serverHelloDone)), /message 14/],
    [
      'two requests',
      record(bytes(serverHello(), certificate(), serverKeyExchange(), certificateRequest(), certificateRequest())),
      /message 13/,
    ],
    [
      'an end with something in it',
      record(bytes(serverHello(), certificate(), serverKeyExchange(), message(14, bytes(0)))),
      /message 14/,
    ],
    ['a message of TLS 1.3', record(bytes(serverHello(), message(8, bytes(0, 0)))), /message 8/],
  ])('is not understood when it sends %s', (_what, sent, because) => {
    expect(hear(sent)).toEqual(unreadable(because));
  });

  it('is cut off after 64 KB', () => {
    const long = bytes(message(2, new Uint8Array(200_000)));
    const reader = new FlightReader();
    let sent = 0;
    for (
      let at = 0;
      at < long.length && reader.push(record(long.subarray(at, at + 8_000))).state === 'more';
      at += 8_000
    )
      sent = at;
    expect(sent).toBeLessThan(64 * 1024);
    expect(reader.push(bytes())).toEqual(unreadable(/more than 64 KB/));
  });

  it('is not listened to any more after it was not understood', () => {
    const reader = new FlightReader();
    reader.push(bytes(0));
    expect(reader.push(asking)).toEqual(unreadable(/not TLS/));
  });
});

it.each([40, 70, 80])('tells alert %i apart', (description) => {
  expect(hear(alert(description))).toEqual({ state: 'alert', description });
});

describe('the bounds of a flight', () => {
  /** A ServerHello with its last fields as given. */
  const hello = (session: number, compression: number) =>
    message(2, bytes(3, 3, serverRandom, session, new Uint8Array(session), 0xc0, 0x2b, compression));

  it.each([
    ['a session id of 32 bytes', hello(32, 0), { state: 'more' }],
    ['a session id of 33 bytes', hello(33, 0), unreadable(/ServerHello cannot be read/)],
    ['compression, which nobody offered', hello(0, 1), unreadable(/ServerHello cannot be read/)],
    ['eight certificates', bytes(hello(0, 0), certificate(Array(8).fill(bytes(1)))), { state: 'more' }],
  ])('allow or refuse %s', (_, sent, state) => {
    expect(hear(record(sent))).toEqual(state);
  });

  it.each([
    ['no point', bytes(3, 0, 0x1d, 0, 4, 3, 0, 1, 9)],
    ['another kind of curve', bytes(2, 0, 0x1d, 1, 5, 4, 3, 0, 1, 9)],
    ['a byte too many', bytes(3, 0, 0x1d, 1, 5, 4, 3, 0, 1, 9, 0)],
  ])('refuse a key exchange with %s', (_, body) => {
    expect(hearMessages(serverHello(), certificate(), message(12, body))).toEqual(unreadable(/KeyExchange/));
  });

  it.each([
    ['no types', bytes(0, 0, 2, 4, 3, 0, 0)],
    ['half a scheme', bytes(1, 1, 0, 1, 4, 0, 0)],
    ['a byte too many', bytes(1, 1, 0, 2, 4, 3, 0, 0, 0)],
  ])('refuse a request with %s', (_, body) => {
    expect(hearMessages(serverHello(), certificate(), serverKeyExchange(), message(13, body))).toEqual(
      unreadable(/CertificateRequest cannot be read/),
    );
  });

  it('are 16 KB a record and 64 KB in all, to the byte', () => {
    const largest = record(new Uint8Array(16 * 1024).fill(0));
    expect(hear(largest)).not.toEqual(unreadable(/more than TLS allows/));
    const endless = message(2, new Uint8Array(100_000));
    const reader = new FlightReader();
    const whole = bytes(...[0, 1, 2, 3, 4].map((at) => record(endless.subarray(at * 16_000, (at + 1) * 16_000))));
    expect(reader.push(whole.subarray(0, 64 * 1024)).state).toBe('more');
    expect(reader.push(whole.subarray(64 * 1024, 64 * 1024 + 1))).toEqual(unreadable(/more than 64 KB/));
  });
});
