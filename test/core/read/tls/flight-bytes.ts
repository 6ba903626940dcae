/** A server's first flight in TLS 1.2, put together by hand. */

export const bytes = (...parts: readonly (number | Uint8Array | readonly number[])[]): Uint8Array =>
  Uint8Array.from(parts.flatMap((part) => (typeof part === 'number' ? [part] : [...part])));

function vector(width: 1 | 2 | 3, content: Uint8Array): Uint8Array {
  const { length } = content;
  return bytes([length >> 16, (length >> 8) & 0xff, length & 0xff].slice(3 - width), content);
}

export const record = (content: Uint8Array, type = 22): Uint8Array => bytes(type, 3, 3, vector(2, content));
export const message = (type: number, body: Uint8Array): Uint8Array => bytes(type, vector(3, body));
export const alert = (description: number): Uint8Array => record(bytes(2, description), 21);

export const serverRandom = new Uint8Array(32).fill(7);
export const signature = new Uint8Array(70).fill(9);

/** `CN=name` in DER. */
export function commonName(name: string): Uint8Array {
  const text = new TextEncoder().encode(name);
  const attribute = bytes(0x06, 3, 0x55, 0x04, 0x03, 0x0c, vector(1, text));
  return bytes(0x30, vector(1, bytes(0x31, vector(1, bytes(0x30, vector(1, attribute))))));
}

export const serverHello = (version = 0x0303, suite = 0xc02b): Uint8Array =>
  message(2, bytes(version >> 8, version & 0xff, serverRandom, vector(1, bytes()), suite >> 8, suite & 0xff, 0));

export const certificate = (chain: readonly Uint8Array[] = [bytes(1, 2, 3), bytes(4, 5)]): Uint8Array =>
  message(11, vector(3, bytes(...chain.map((each) => vector(3, each)))));

export const serverKeyExchange = (group = 0x1d): Uint8Array =>
  message(12, bytes(3, 0, group, vector(1, new Uint8Array(32)), 4, 3, vector(2, signature)));

export const certificateRequest = (names: readonly Uint8Array[] = [commonName('kubernetes')]): Uint8Array => {
  const authorities = vector(2, bytes(...names.map((name) => vector(2, name))));
  return message(13, bytes(vector(1, bytes(1, 64)), vector(2, bytes(4, 3, 8, 4)), authorities));
};
export const serverHelloDone = message(14, bytes());

const flight = (...more: readonly Uint8Array[]) =>
  bytes(...[serverHello(), certificate(), serverKeyExchange(), ...more, serverHelloDone].map((each) => record(each)));
/** The messages of a whole flight, one record each. */
export const asking = flight(certificateRequest());
export const notAsking = flight();
