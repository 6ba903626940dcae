import { createHash } from 'node:crypto';
import { readOnlyPort, wireFacts, wirePath } from '../../core/read/wire/wire-facts.ts';
import type { KubeletSource } from '../../flow/audit/ports.ts';
import { oneRequest } from '../one-request.ts';
import { type OpenSourceOptions, openSource } from '../tls/open-source.ts';

/** What a kubelet answers has two letters, or a sentence. */
const maxBytes = 4 * 1024;

/** What each kubelet lets a client without credentials do: one `GET /healthz` on its own port, and one on that of its read-only server. */
export const wireSource = (options: OpenSourceOptions): KubeletSource =>
  openSource('wire', options, async ({ address, port, now, connect, showing }) => {
    const ask = (at: number, by: 'tls' | 'tcp') =>
      connect(at, (socket) => oneRequest(socket, { address, port: at, path: wirePath, maxBytes }), by);
    const both = await Promise.all([ask(port, 'tls'), ask(readOnlyPort, 'tcp')]);
    const [own, readOnly] = both;
    // As they are judged: status, content type and body.
    const seen = both.map(({ answer }) =>
      answer.ok ? [answer.value.status, answer.value.headers, answer.value.body] : null,
    );
    const facts = wireFacts({
      at: `port ${port}`,
      answer: own.answer,
      servingCertificate: showing(own).servingCertificate,
      readOnly: readOnly.answer.ok ? readOnly.answer.value : undefined,
      proof: { readAt: now.toISOString(), sha256: createHash('sha256').update(JSON.stringify(seen)).digest('hex') },
    });
    return [facts, ...both];
  });
