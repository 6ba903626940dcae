import { ByteReader } from './byte-reader.ts';
import type { ServerFlight } from './flight.ts';
import { certificateRequest, certificates, serverHello, serverKeyExchange } from './handshake-messages.ts';

/** More than a kubelet's flight ever is (1 to 4 KB). */
const mostBytes = 64 * 1024;
const mostInRecord = 16 * 1024;

const recordTypes = { alert: 21, handshake: 22 } as const;
const messageTypes = {
  serverHello: 2,
  certificate: 11,
  serverKeyExchange: 12,
  certificateRequest: 13,
  serverHelloDone: 14,
} as const;

export type Handshake =
  | { readonly state: 'more' }
  | { readonly state: 'done'; readonly flight: ServerFlight }
  /** The server ended the handshake with this alert (RFC 5246, 7.2). */
  | { readonly state: 'alert'; readonly description: number }
  | { readonly state: 'unreadable'; readonly because: string };

type Parts = Partial<ServerFlight>;

/**
 * Puts a server's first flight together from the pieces that arrive. It is `done` only with the ServerHelloDone, whether a certificate was asked for
 * or not, so half a flight proves nothing. Bounded: 64 KB in all, messages in their only order, each once.
 */
export class FlightReader {
  readonly #records = new Pending();
  readonly #messages = new Pending();
  #received = 0;
  #parts: Parts = {};
  #state: Handshake = { state: 'more' };

  push(chunk: Uint8Array): Handshake {
    if (this.#state.state !== 'more') return this.#state;

    this.#received += chunk.length;
    if (this.#received > mostBytes) {
      this.#state = unreadable(`it sent more than ${mostBytes / 1024} KB without an end to its hello`);
      return this.#state;
    }
    this.#records.add(chunk);
    while (this.#state.state === 'more' && this.#takeRecord());
    return this.#state;
  }

  /** Whether there was a whole record to take. */
  #takeRecord(): boolean {
    const { rest } = this.#records;
    const reader = new ByteReader(rest);
    const type = reader.number(1);
    const major = reader.number(1);
    reader.number(1);
    const length = reader.number(2);
    const known = type === recordTypes.alert || type === recordTypes.handshake;

    if (rest.length > 0 && !known) return this.#end('what it sent is not TLS');
    if (rest.length > 1 && major !== 3) return this.#end('what it sent is not TLS');
    if (length > mostInRecord) return this.#end(`it announced a record of ${length} bytes, more than TLS allows`);

    const content = reader.take(length);
    if (!reader.whole) return false;
    if (content.length === 0) return this.#end('it sent an empty record');

    this.#records.drop(reader.position);
    if (type === recordTypes.alert) return this.#takeAlert(content);
    this.#messages.add(content);
    while (this.#state.state === 'more' && this.#takeMessage());
    return true;
  }

  #takeAlert(content: Uint8Array): boolean {
    const [, description] = content;
    if (content.length !== 2 || description === undefined) return this.#end('it sent an alert that is none');

    this.#state = { state: 'alert', description };
    return true;
  }

  /** Whether there was a whole handshake message to take; it may have come in several records. */
  #takeMessage(): boolean {
    const reader = new ByteReader(this.#messages.rest);
    const type = reader.number(1);
    const body = reader.vector(3);
    if (!reader.whole) return false;

    this.#messages.drop(reader.position);
    this.#read(type, body);
    return true;
  }

  #read(type: number, body: Uint8Array): void {
    const { serverRandom, certificates: chain, keyExchange, request } = this.#parts;

    if (type === messageTypes.serverHello && !serverRandom) {
      const hello = serverHello(body);
      if (hello && hello.version !== 0x0303) this.#end(`it answered in ${versionText(hello.version)}, not TLS 1.2`);
      else this.#keep(hello && { serverRandom: hello.random }, 'ServerHello');
    } else if (type === messageTypes.certificate && serverRandom && !chain) {
      const sent = certificates(body);
      this.#keep(sent && { certificates: sent }, 'Certificate');
    } else if (type === messageTypes.serverKeyExchange && chain && !keyExchange) {
      const sent = serverKeyExchange(body);
      this.#keep(sent && { keyExchange: sent }, 'ServerKeyExchange');
    } else if (type === messageTypes.certificateRequest && keyExchange && !request) {
      const sent = certificateRequest(body);
      this.#keep(sent && { request: sent }, 'CertificateRequest');
    } else if (type === messageTypes.serverHelloDone && serverRandom && chain && keyExchange && body.length === 0) {
      const flight = { serverRandom, certificates: chain, keyExchange, ...(request && { request }) };
      this.#state = { state: 'done', flight };
    } else {
      this.#end(`it sent handshake message ${type} where TLS 1.2 has no such message`);
    }
  }

  #keep(part: Parts | undefined, name: string): void {
    if (part) this.#parts = { ...this.#parts, ...part };
    else this.#end(`its ${name} cannot be read`);
  }

  #end(because: string): boolean {
    this.#state = unreadable(because);
    return false;
  }
}

const unreadable = (because: string): Handshake => ({ state: 'unreadable', because });

const versionText = (version: number): string =>
  version >= 0x0301 && version <= 0x0304 ? `TLS 1.${version - 0x0301}` : `version 0x${version.toString(16)}`;

/** Bytes that are not taken yet. A server may send them one by one: each is copied a few times at most. */
class Pending {
  #bytes = new Uint8Array(4096);
  #begin = 0;
  #end = 0;

  get rest(): Uint8Array {
    return this.#bytes.subarray(this.#begin, this.#end);
  }

  add(chunk: Uint8Array): void {
    if (this.#end + chunk.length > this.#bytes.length) {
      const { rest } = this;
      this.#bytes = new Uint8Array(Math.max(this.#bytes.length, 2 * (rest.length + chunk.length)));
      this.#bytes.set(rest);
      [this.#begin, this.#end] = [0, rest.length];
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  drop(count: number): void {
    this.#begin += count;
  }
}

/** The alert of a kubelet whose signing request is not approved yet (RFC 5246, 7.2: internal_error). */
export const noCertificate = 80;

const meanings: ReadonlyMap<number, string> = new Map([
  [
    40,
    'it shares no TLS 1.2 cipher suite, group or signature scheme with the probe (alert 40), as a server that speaks TLS 1.3 only may say; in TLS 1.3 the request for a client certificate is encrypted',
  ],
  [
    70,
    'it does not speak TLS 1.2 (alert 70), most likely TLS 1.3 only, where the request for a client certificate is encrypted',
  ],
  [
    noCertificate,
    'it has no serving certificate (alert 80), most likely because its CertificateSigningRequest is not approved yet',
  ],
]);

/** Why a server ended the handshake, by the number of its alert (RFC 5246, 7.2; what kubelets answer was measured on 1.29 to 1.35). */
export const alertMeaning = (description: number): string =>
  meanings.get(description) ?? `it ended the TLS handshake with alert ${description}`;
