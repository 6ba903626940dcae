import type { NodeAudit } from '../../model.ts';
import { readingsOf } from './value-source.ts';

/** Why nobody but a person restarts this kubelet: it runs on with a CA that it would not find again. The document on the node refuses it too. */
export const lostByRestart = (audit: NodeAudit): string | undefined =>
  readingsOf(audit).some(
    ({ clientCa }) => clientCa?.state === 'gone' || (clientCa?.state === 'read' && clientCa.certificates.length === 0),
  )
    ? 'its client CA file is missing or empty: put it back first (client-ca-file-present), since the kubelet does not start without it'
    : undefined;
