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
const unreadable = (because: string) => ({ state: 'unreadable', because });
const unread = (name: string) => unreadable(`its ${name} cannot be read`);
const misplaced = (type: number) => `it sent handshake message ${type} where TLS 1.2 has no such message`;
const notTls = 'what it sent is not TLS';
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
    ['plain HTTP', new TextEncoder().encode('HTTP/1.0 400 Bad Request\r\n'), notTls],
    ['an SSH banner', new TextEncoder().encode('SSH-2.0-OpenSSH_9.2'), notTls],
    ['application data', record(bytes(1), 23), notTls],
    ['a record of another major version', bytes(22, 2, 0, 0, 1, 0), notTls],
    [
      'a record longer than 16 KB',
      bytes(22, 3, 3, 0x40, 0x01),
      'it announced a record of 16385 bytes, more than TLS allows',
    ],
    ['an empty record', record(bytes()), 'it sent an empty record'],
    ['a long alert', record(bytes(2, 40, 0), 21), 'it sent an alert that is none'],
    ['TLS 1.1', record(serverHello(0x0302)), 'it answered in TLS 1.1, not TLS 1.2'],
    ['a cipher suite that was not offered', record(serverHello(0x0303, 0x002f)), 'its ServerHello cannot be read'],
    [
      'a curve that was not offered',
      record(bytes(serverHello(), certificate(), serverKeyExchange(0x99))),
      'its ServerKeyExchange cannot be read',
    ],
    ['an empty chain', record(bytes(serverHello(), certificate([]))), 'its Certificate cannot be read'],
    [
      'nine certificates',
      record(bytes(serverHello(), certificate(Array(9).fill(bytes(1))))),
      'its Certificate cannot be read',
    ],
    ['a certificate first', record(certificate()), misplaced(11)],
    ['a second ServerHello', record(bytes(serverHello(), serverHello())), misplaced(2)],
    [
      'a request before the key exchange',
      record(bytes(serverHello(), certificate(), certificateRequest())),
      misplaced(13),
    ],
    ['an end without a key exchange', record(bytes(serverHello(), certificate(), serverHelloDone)), misplaced(14)],
    [
      'two requests',
      record(bytes(serverHello(), certificate(), serverKeyExchange(), certificateRequest(), certificateRequest())),
      misplaced(13),
    ],
    [
      'an end with something in it',
      record(bytes(serverHello(), certificate(), serverKeyExchange(), message(14, bytes(0)))),
      misplaced(14),
    ],
    ['a message of TLS 1.3', record(bytes(serverHello(), message(8, bytes(0, 0)))), misplaced(8)],
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
    expect(reader.push(bytes())).toEqual(unreadable('it sent more than 64 KB without an end to its hello'));
  });

  it('is not listened to any more after it was not understood', () => {
    const reader = new FlightReader();
    reader.push(bytes(0));
    expect(reader.push(asking)).toEqual(unreadable(notTls));
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
    ['a session id of 33 bytes', hello(33, 0), unreadable('its ServerHello cannot be read')],
    ['compression, which nobody offered', hello(0, 1), unreadable('its ServerHello cannot be read')],
    ['eight certificates', bytes(hello(0, 0), certificate(Array(8).fill(bytes(1)))), { state: 'more' }],
  ])('allow or refuse %s', (_, sent, state) => {
    expect(hear(record(sent))).toEqual(state);
  });

  it.each([
    ['no point', bytes(3, 0, 0x1d, 0, 4, 3, 0, 1, 9)],
    ['another kind of curve', bytes(2, 0, 0x1d, 1, 5, 4, 3, 0, 1, 9)],
    ['a byte too many', bytes(3, 0, 0x1d, 1, 5, 4, 3, 0, 1, 9, 0)],
  ])('refuse a key exchange with %s', (_, body) => {
    expect(hearMessages(serverHello(), certificate(), message(12, body))).toEqual(unread('ServerKeyExchange'));
  });

  it.each([
    ['no types', bytes(0, 0, 2, 4, 3, 0, 0)],
    ['half a scheme', bytes(1, 1, 0, 1, 4, 0, 0)],
    ['a byte too many', bytes(1, 1, 0, 2, 4, 3, 0, 0, 0)],
  ])('refuse a request with %s', (_, body) => {
    expect(hearMessages(serverHello(), certificate(), serverKeyExchange(), message(13, body))).toEqual(
      unreadable('its CertificateRequest cannot be read'),
    );
  });

  it('are 16 KB a record and 64 KB in all, to the byte', () => {
    const largest = record(new Uint8Array(16 * 1024).fill(0));
    expect(hear(largest)).not.toEqual(unreadable('it announced a record of 16384 bytes, more than TLS allows'));
    const endless = message(2, new Uint8Array(100_000));
    const reader = new FlightReader();
    const whole = bytes(...[0, 1, 2, 3, 4].map((at) => record(endless.subarray(at * 16_000, (at + 1) * 16_000))));
    expect(reader.push(whole.subarray(0, 64 * 1024)).state).toBe('more');
    expect(reader.push(whole.subarray(64 * 1024, 64 * 1024 + 1))).toEqual(
      unreadable('it sent more than 64 KB without an end to its hello'),
    );
  });
});

describe('the version of an answer', () => {
  it.each([
    [0x0300, 'version 0x300'],
    [0x0301, 'TLS 1.0'],
    [0x0302, 'TLS 1.1'],
    [0x0304, 'TLS 1.3'],
    [0x0305, 'version 0x305'],
    [0x0202, 'version 0x202'],
  ])('%i is told as %s', (version, words) => {
    expect(hear(record(serverHello(version)))).toEqual(unreadable(`it answered in ${words}, not TLS 1.2`));
  });
});

describe('the order of messages', () => {
  const [hello, chain, exchange, request] = [serverHello(), certificate(), serverKeyExchange(), certificateRequest()];

  it.each([
    ['a second certificate', [hello, chain, chain], 11],
    ['a key exchange before the chain', [hello, exchange], 12],
    ['a second key exchange', [hello, chain, exchange, exchange], 12],
    ['a request first', [request], 13],
    ['an end first', [serverHelloDone], 14],
    ['an end behind the hello', [hello, serverHelloDone], 14],
    ['a message of no type', [message(0, bytes())], 0],
  ])('is the only one: not %s', (_, messages, type) => {
    expect(hearMessages(...messages)).toEqual(unreadable(misplaced(type)));
  });

  it('ends with the end: nothing behind it is looked at', () => {
    const whole = hearMessages(hello, chain, exchange, serverHelloDone);
    expect(hearMessages(hello, chain, exchange, serverHelloDone, request)).toEqual(whole);
    expect(hear(notAsking, bytes(0))).toEqual(whole);
  });
});

describe('a record', () => {
  it.each([
    ['an alert of one byte', record(bytes(2), 21), unreadable('it sent an alert that is none')],
    [
      'an alert in the middle of a flight',
      bytes(record(serverHello()), alert(42)),
      { state: 'alert', description: 42 },
    ],
    ['the first byte of one', bytes(22), { state: 'more' }],
    ['the first byte of something else', bytes(23), unreadable(notTls)],
    ['two bytes of something else', bytes(22, 4), unreadable(notTls)],
    ['of another minor version', bytes(22, 3, 9, 0, 4, serverHello().subarray(0, 4)), { state: 'more' }],
    ['of 16 KB that is not there yet', bytes(22, 3, 3, 0x40, 0), { state: 'more' }],
  ])('may be %s', (_, sent, state) => {
    expect(hear(sent)).toEqual(state);
  });
});
