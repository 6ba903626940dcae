import { hash } from 'node:crypto';
import { err } from '../../core/model/result.ts';
import { handshakeFacts } from '../../core/read/tls/handshake-facts.ts';
import type { KubeletSource } from '../../flow/audit/ports.ts';
import { type OpenSourceOptions, openSource } from './open-source.ts';
import { serverIdentity } from './server-identity.ts';

/**
 * Whether each kubelet asks for a client certificate in its TLS handshake, as it does exactly when it has a client CA. Needs no credential, and
 * closes the connection when the handshake is over: no request is sent.
 */
export const tlsSource = (options: OpenSourceOptions): KubeletSource =>
  openSource('tls', options, async ({ node, address, port, caPem, now, connect, showing }) => {
    const connection = await connect(port, async () => undefined, 'tls');
    const { answer, certificate, asksForCertificate = false, timedOut, aborted } = connection;
    const shown = showing(connection);
    if (!answer.ok || !certificate) {
      const because = answer.ok ? `port ${port}: it showed no certificate` : answer.error;
      const kind = aborted ? 'deadline' : 'unreadable';
      return [err({ via: 'tls', kind, because, ...(timedOut && { timedOut }), ...shown }), connection];
    }

    const seen = hash('sha256', Buffer.concat([certificate.raw, Buffer.from([Number(asksForCertificate)])]));
    const facts = handshakeFacts({
      at: `port ${port}`,
      asksForCertificate,
      identity: serverIdentity({ certificate, address, node, caPem, now }),
      ...shown,
      proof: { readAt: now.toISOString(), sha256: seen },
    });
    return [facts, connection];
  });
