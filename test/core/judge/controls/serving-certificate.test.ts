import { describe, expect, it } from 'vitest';
import { servingCertificate } from '../../../../lambda/core/judge/controls/serving-certificate.ts';
import { evaluate } from '../../../../lambda/core/judge/evaluate.ts';
import type { ReadFailure, VerdictStatus, Via } from '../../../../lambda/core/model/model.ts';
import type { ServingCertificateFacts } from '../../../../lambda/core/model/node-facts.ts';
import { factsOf } from '../../../fakes/ports.ts';
import { soundCertificate as sound } from './facts-with.ts';

const now = new Date('2026-11-28T10:00:00Z');
type Shown = Extract<ServingCertificateFacts, { readonly state: 'shown' }>;

const read = (certificate: ServingCertificateFacts, via: Via = 'direct') =>
  evaluate(servingCertificate, { facts: { ...factsOf(via), servingCertificate: certificate }, failures: [] }, { now });
const notRead = (certificate: ServingCertificateFacts, via: Via = 'tls') => {
  const because = 'it gets no token';
  const failure: ReadFailure = { via, kind: 'unreadable', because, servingCertificate: certificate };
  return evaluate(servingCertificate, { failures: [failure] }, { now });
};

describe('the certificate that a kubelet shows', () => {
  it.each<[what: string, change: Partial<Shown>, status: VerdictStatus, says: string]>([
    ['of the cluster’s CA, for the node, in time', {}, 'pass', 'CN=system:node:a'],
    ['of the cluster’s CA, from who may be any server', { isOfNode: false }, 'pass', 'CN=system:node:a'],
    ['signed by itself', { signedBy: 'itself' }, 'fail', 'is self-signed: '],
    ['of another CA', { signedBy: 'another' }, 'fail', 'is not signed by the cluster’s CA: '],
    ['that expired', { notAfter: '2026-11-27T00:00:00.000Z' }, 'fail', 'expired on 2026-11-27: '],
    ['of the future', { notBefore: '2026-11-29T00:00:00.000Z' }, 'fail', 'is valid from 2026-11-29 on only: '],
    ['of another node', { namesNode: false }, 'fail', 'names another node: '],
    ['for clients', { forServers: false }, 'fail', 'is not one for servers: '],
    ['whose key was not proven', { keyProven: false }, 'unknown', 'did not prove'],
    ['of a CA that is not known', { signedBy: 'unknown' }, 'unknown', 'CA is not known'],
    ['of who may be any server', { signedBy: 'another', isOfNode: false }, 'unknown', 'is not known to be this node'],
  ])('is judged alike through direct and tls, read or refused: one %s', (_, change, status, says) => {
    const certificate = { ...sound, ...change };
    const verdicts = (['direct', 'tls'] as const).flatMap((via) => [read(certificate, via), notRead(certificate, via)]);
    for (const verdict of verdicts) {
      expect(verdict.status).toBe(status);
      expect(JSON.stringify(verdict)).toContain(says);
    }
  });

  it('fails with the reason of the benchmark, which a control of a date or a node does not need', () => {
    const notes = (change: Partial<Shown>) => Object(read({ ...sound, ...change })).evidence.notes;
    expect(notes({ signedBy: 'itself' })).toEqual([expect.stringContaining('can be intercepted')]);
    expect(notes({ notAfter: '2026-11-27T00:00:00.000Z' })).toEqual([]);
  });

  it('fails where there is none, with the signing request that waits as its likely cause', () => {
    const none = { state: 'none', at: 'port 10250', because: 'its signing request waits for approval' } as const;
    const evidence = { value: 'none: its signing request waits for approval' };
    expect(notRead({ ...none, isOfNode: true })).toMatchObject({ status: 'fail', evidence });
    expect(notRead({ ...none, isOfNode: false }).status).toBe('unknown');
  });

  it('is unknown where the time of the audit is not known', () => {
    const reading = { facts: { ...factsOf('direct'), servingCertificate: sound }, failures: [] };
    const because = expect.stringContaining('the time of the audit is not known');
    expect(evaluate(servingCertificate, reading)).toMatchObject({ status: 'unknown', because });
  });

  it('is unknown where no connection was made, whatever else was read', () => {
    for (const via of ['direct', 'configz', 'ssm', 'files', 'tls', 'wire'] as const) {
      const because = expect.stringMatching(/\b(port|connects|connection|handshake)\b/);
      const verdict = evaluate(servingCertificate, { facts: factsOf(via), failures: [] }, { now });
      expect(verdict).toMatchObject({ status: 'unknown', because });
    }
  });
});
