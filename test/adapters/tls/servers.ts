import { execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { onTestFinished } from 'vitest';
import type { KeyAndCertificate } from '../../lab/kubernetes/certificates.ts';
import { servingCertificate } from './probe.ts';

/** A server on loopback, with all that clients sent to it; closed when the test ends. */
interface TestServer {
  readonly port: number;
  readonly received: readonly Buffer[];
}

export function opensslIsThere(): boolean {
  try {
    execFileSync('openssl', ['version']);
    return true;
  } catch {
    return false;
  }
}

export interface OpensslOptions {
  readonly identity?: KeyAndCertificate;
  /** Clients signed by this CA are asked for (`-verify 1 -CAfile`). */
  readonly clientCaPem?: string;
  readonly more?: readonly string[];
}

/** The port of `openssl s_server`, an independent implementation of TLS. */
export async function opensslServer({
  identity = servingCertificate(),
  clientCaPem,
  more = [],
}: OpensslOptions): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'tls-probe-'));
  const file = (name: string, content: string) => {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
    return join(folder, name);
  };
  const verify = clientCaPem === undefined ? [] : ['-verify', '1', '-CAfile', file('ca.pem', clientCaPem)];
  const child = spawn(
    'openssl',
    [
      's_server',
      '-accept',
      '127.0.0.1:0',
      '-cert',
      file('cert.pem', identity.certificatePem),
      '-key',
      file('key.pem', identity.keyPem),
      ...verify,
      ...more,
    ],
    { stdio: ['pipe', 'pipe', 'pipe'] },
  );

  const port = Promise.withResolvers<number>();
  const ended = Promise.withResolvers<void>();
  let said = '';
  const hear = (chunk: Buffer) => {
    said += chunk.toString();
    const found = /ACCEPT 127\.0\.0\.1:(\d+)/.exec(said)?.[1];
    if (found) port.resolve(Number(found));
  };
  child.stdout.on('data', hear);
  child.stderr.on('data', hear);
  child.on('close', () => {
    port.reject(new Error(`openssl s_server ended: ${said}`));
    ended.resolve();
  });

  onTestFinished(async () => {
    child.kill();
    await ended.promise;
    rmSync(folder, { recursive: true });
  });
  return await port.promise;
}

/** Node's own TLS server behind a plain one that keeps what clients send. */
export async function nodeServer(options: tls.TlsOptions): Promise<TestServer> {
  const inner = tls.createServer(options).on('tlsClientError', () => undefined);
  const innerPort = await listening(inner);
  onTestFinished(() => void inner.close());
  return await rawServer((socket) => {
    const through = connect(innerPort, '127.0.0.1');
    through.on('error', () => socket.destroy());
    socket.pipe(through).pipe(socket);
  });
}

/** Answers each connection in the given way. */
export async function rawServer(answer: (socket: Socket) => void): Promise<TestServer> {
  const received: Buffer[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => received.push(chunk));
    answer(socket);
  });

  onTestFinished(async () => {
    for (const socket of sockets) socket.destroy();
    const closed = Promise.withResolvers<void>();
    server.close(() => closed.resolve());
    await closed.promise;
  });
  return { port: await listening(server), received };
}

async function listening(server: Server): Promise<number> {
  const started = Promise.withResolvers<void>();
  server.once('error', started.reject).listen(0, '127.0.0.1', started.resolve);
  await started.promise;
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  return address.port;
}
