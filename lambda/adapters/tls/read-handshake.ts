import { createHash, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import type { ReadFailure } from '../../core/model/model.ts';
import { err, ok, type Result } from '../../core/model/result.ts';
import { clientHello } from '../../core/read/tls/client-hello.ts';
import type { ServerFlight } from '../../core/read/tls/flight.ts';
import { alertMeaning, FlightReader, type Handshake, noCertificate } from '../../core/read/tls/flight-reader.ts';
import { connectionFaults } from '../connection-faults.ts';

/** Where a kubelet serves, unless its Node object names another port. */
export const usualKubeletPort = 10250;

/** Opens a TCP connection. The tests' leads to a server on loopback. */
export type Dial = (address: string, port: number) => Socket;

/** A plain TCP connection to an IP address: no name is looked up, no proxy is used. */
export const dialTcp: Dial = (address, port) => connect({ host: address, port });

interface ReadHandshakeOptions {
  readonly port: number;
  readonly dial: Dial;
  /** Deadline for everything, connecting included, even if the server sends slowly. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

interface HandshakeResult {
  readonly flight: ServerFlight;
  readonly clientRandom: Uint8Array;
  /** SHA-256 of all that the server sent. */
  readonly sha256: string;
}

/** Sends one ClientHello to a kubelet, reads its first flight and closes: nothing else is ever sent. */
export async function readHandshake(
  address: string,
  options: ReadHandshakeOptions,
): Promise<Result<HandshakeResult, ReadFailure & { readonly hasNoCertificate?: true }>> {
  const { port, dial, timeoutMs, signal } = options;
  const at = `port ${port}`;
  const clientRandom = randomBytes(32);
  const reader = new FlightReader();
  const hash = createHash('sha256');
  const answer = Promise.withResolvers<Awaited<ReturnType<typeof readHandshake>>>();
  const fail = (failure: Omit<ReadFailure, 'via'> & { readonly hasNoCertificate?: true }) =>
    answer.resolve(err({ via: 'tls', ...failure }));

  const onAbort = () =>
    fail({ kind: 'deadline', because: `${at} had not answered when the time for the TLS handshake ran out` });
  const timer = setTimeout(
    () =>
      fail({ kind: 'unreadable', because: `no whole answer from ${at} within ${timeoutMs / 1000} s`, timedOut: true }),
    timeoutMs,
  );
  signal.addEventListener('abort', onAbort, { once: true });

  const socket = dial(address, port);
  socket
    .on('error', (error) => fail({ kind: 'unreadable', because: `${at}: ${connectionFault(error)}` }))
    .on('close', () => fail({ kind: 'unreadable', because: `${at} closed the connection in the middle of its hello` }))
    .on('data', (chunk: Buffer) => {
      hash.update(chunk);
      const handshake = reader.push(chunk);
      if (handshake.state === 'done')
        answer.resolve(ok({ flight: handshake.flight, clientRandom, sha256: hash.copy().digest('hex') }));
      else if (handshake.state !== 'more')
        fail({
          kind: 'unreadable',
          because: `${at}: ${reasonOf(handshake)}`,
          ...(handshake.state === 'alert' && handshake.description === noCertificate && { hasNoCertificate: true }),
        });
    })
    .write(clientHello(clientRandom));

  try {
    return await answer.promise;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
    socket.destroy();
  }
}

const reasonOf = (handshake: Exclude<Handshake, { readonly state: 'more' | 'done' }>): string =>
  handshake.state === 'alert' ? alertMeaning(handshake.description) : handshake.because;

const faults: Readonly<Record<string, string>> = {
  ...connectionFaults,
  ETIMEDOUT: 'it does not answer',
};

function connectionFault(error: Error): string {
  const code = 'code' in error ? String(error.code) : error.name;
  return faults[code] ?? `the connection failed (${code})`;
}
